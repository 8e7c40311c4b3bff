/** A field of an AWS cron expression: its range, its names, counted from its first value, and what else it may be, alone. */
interface Field {
  readonly name: string
  readonly first: number
  readonly last: number
  readonly names: readonly string[]
  readonly alone: RegExp
}

const never = /^(?!)/

/** The fields, in order. */
const FIELDS: readonly Field[] = [
  { name: 'minutes', first: 0, last: 59, names: [], alone: never },
  { name: 'hours', first: 0, last: 23, names: [], alone: never },
  { name: 'day-of-month', first: 1, last: 31, names: [], alone: /^(\?|L|LW|0*([1-9]|[12]\d|3[01])W)$/ },
  {
    name: 'month',
    first: 1,
    last: 12,
    names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
    alone: never,
  },
  {
    name: 'day-of-week',
    first: 1,
    last: 7,
    names: 'SUN MON TUE WED THU FRI SAT'.split(' '),
    alone: /^(\?|L|(0*[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
  },
  { name: 'year', first: 1970, last: 2199, names: [], alone: never },
]

/**
 * Translates the six fields of AWS's cron dialect into a pattern for croner. What differs: there are no seconds, `?` means
 * no value, `a/b` steps from a to the end, and days of the week count from Sunday as 1. Throws an Error in words for what
 * AWS does not take, though croner might.
 */
export function cronerPatternOf(fields: string): string {
  const values = fields.trim().toUpperCase().split(/\s+/)
  if (values.length !== FIELDS.length) {
    throw new Error(`it has ${values.length} fields; AWS wants six: ${FIELDS.map(({ name }) => name).join(' ')}`)
  }
  const [, , dayOfMonth, , dayOfWeek] = values
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new Error('exactly one of day-of-month and day-of-week must be "?"')
  }
  return ['0', ...FIELDS.map((field, index) => translated(values[index] ?? '', field))].join(' ')
}

function translated(value: string, field: Field): string {
  if (field.alone.test(value))
    return field.name === 'day-of-week' ? weekday(value) : value.replace('?', '*').replace(/^0+/, '')
  return value
    .split(',')
    .map((part) => range(part, field))
    .join(',')
}

/** A value, a range or a step as croner has it, from numbers alone; days of the week count from 0 there. */
function range(part: string, field: Field): string {
  const [span = '', step, ...more] = part.split('/')
  const { from, to } = ends(span, step !== undefined, field)
  if (more.length > 0 || from > to || !stepFits(step, field)) {
    throw new Error(`${field.name} "${part}" is not a range that goes up, or its step is too long`)
  }
  if (span === '*' && step === undefined) return '*'
  const shift = field.name === 'day-of-week' ? 1 : 0
  // croner refuses a step longer than its range, where AWS takes the first value alone.
  if (from === to || (step !== undefined && Number(step) > to - from)) return `${from - shift}`
  return `${from - shift}-${to - shift}${step === undefined ? '' : `/${Number(step)}`}`
}

function ends(span: string, steps: boolean, field: Field): { from: number; to: number } {
  if (span === '*') return { from: field.first, to: field.last }
  const [start = '', end, ...more] = span.split('-').map((text) => numberOf(text, field))
  if (more.length > 0) throw new Error(`${field.name} "${span}" is not a range`)
  return { from: Number(start), to: end ?? (steps ? field.last : Number(start)) }
}

function stepFits(step: string | undefined, { name, first, last }: Field): boolean {
  const longest = name === 'year' ? last - first : last
  return step === undefined || (/^\d+$/.test(step) && Number(step) >= 1 && Number(step) <= longest)
}

function numberOf(text: string, { name, first, last, names }: Field): number {
  const named = names.indexOf(text)
  const value = named >= 0 ? first + named : /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= first && value <= last)) throw new Error(`${name} "${text}" is not between ${first} and ${last}`)
  return value
}

/** croner: Sunday is 0, `#L` the last one of the month. AWS: Sunday is 1, `6L` the last Friday, `L` alone Saturday. */
function weekday(value: string): string {
  if (value === '?') return '*'
  if (value === 'L') return '6'
  const [, day = '', occurrence = ''] = /^(.*?)(L|#.)$/.exec(value) ?? []
  const names = FIELDS[4]?.names ?? []
  const zeroBased = names.includes(day) ? names.indexOf(day) : Number(day) - 1
  return zeroBased + (occurrence === 'L' ? '#L' : occurrence)
}
