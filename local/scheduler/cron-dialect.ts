/** The fields of an AWS cron expression, in order, with their ranges. */
const FIELDS = [
  ['minutes', 0, 59],
  ['hours', 0, 23],
  ['day-of-month', 1, 31],
  ['month', 1, 12],
  ['day-of-week', 1, 7],
  ['year', 1970, 2199],
] as const

/**
 * Translates the six fields of AWS's cron dialect into a pattern for croner. What differs: there are no seconds, `?` means
 * no value, `a/b` steps from a to the end, and days of the week count from Sunday as 1. Throws an Error in words.
 */
export function cronerPatternOf(fields: string): string {
  const values = fields.trim().split(/\s+/)
  if (values.length !== FIELDS.length) {
    throw new Error(`it has ${values.length} fields; AWS wants six: ${FIELDS.map(([name]) => name).join(' ')}`)
  }
  const [, , dayOfMonth, , dayOfWeek] = values
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new Error('exactly one of day-of-month and day-of-week must be "?"')
  }
  const translated = FIELDS.map(([name, , last], index) =>
    (values[index] ?? '')
      .toUpperCase()
      .split(',')
      .map((part) => (name === 'day-of-week' ? weekday(part) : steps(part, last)))
      .join(','),
  )
  return ['0', ...translated].join(' ')
}

function steps(part: string, last: number): string {
  if (part === '?') return '*'
  const [, start, step] = /^(\d+)\/(\d+)$/.exec(part) ?? []
  return start === undefined ? part : `${start}-${last}/${step}`
}

/** croner: Sunday is 0, `#L` the last one of the month. AWS: Sunday is 1, `6L` the last Friday, `L` alone Saturday. */
function weekday(part: string): string {
  if (part === 'L') return '6'
  const [, days = '', occurrence = ''] = /^(.*?)([#/].*|L)?$/.exec(part) ?? []
  const shifted = days.replace(/\d+/g, (day) => String(dayFromZero(Number(day))))
  if (occurrence.startsWith('/')) return `${/^\d$/.test(days) ? `${shifted}-6` : shifted}${occurrence}`
  return steps(shifted, 6) + (occurrence === 'L' ? '#L' : occurrence)
}

function dayFromZero(day: number): number {
  if (day < 1 || day > 7) throw new Error(`day-of-week ${day} is not between 1 (Sunday) and 7 (Saturday)`)
  return day - 1
}
