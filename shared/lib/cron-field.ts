/** One field of a cron expression: values, names, lists, ranges and steps. */

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

export interface Field {
  readonly name: string
  readonly low: number
  readonly high: number
  /** They count from `low`. */
  readonly names: readonly string[]
  /** Its allowed values, in words. */
  readonly takes: string
}

const usual = 'lists (1,5), ranges (1-5) and steps (1/5)'

/** The fields, in order. */
export const fields = [
  { name: 'minutes', low: 0, high: 59, names: [], takes: `0 to 59, *, ${usual}` },
  { name: 'hours', low: 0, high: 23, names: [], takes: `0 to 23, *, ${usual}` },
  { name: 'day-of-month', low: 1, high: 31, names: [], takes: `1 to 31, *, ?, ${usual}; or L, LW or 15W alone` },
  { name: 'month', low: 1, high: 12, names: months, takes: `1 to 12 or JAN to DEC, *, ${usual}` },
  {
    name: 'day-of-week',
    low: 1,
    high: 7,
    names: days,
    takes: `1 (SUN) to 7 (SAT), *, ?, ${usual}; or L, 6L or 3#2 alone`,
  },
  { name: 'year', low: 1970, high: 2199, names: [], takes: `1970 to 2199, *, ${usual}` },
] as const satisfies readonly Field[]

/** The values that a field names, or what is wrong with it. */
export function parseField(text: string, field: Field): ReadonlySet<number> | string {
  const set = new Set<number>()
  for (const part of text.split(',')) {
    const span = parsePart(part, field)
    if (!span) return notUnderstood(text, field)
    if (span.from > span.to)
      return `has the range "${part}" in its ${field.name}, which goes backwards: write it as a list of two ranges`
    for (let value = span.from; value <= span.to; value += span.step) set.add(value)
  }
  return set
}

export function notUnderstood(text: string, { name, takes }: Field): string {
  return `has the ${name} "${text}", which is not valid; it takes ${takes}`
}

function parsePart(part: string, field: Field): { from: number; to: number; step: number } | undefined {
  const [, start = '', end, step] = /^([^-/]+)(?:-([^-/]+))?(?:\/(\d+))?$/.exec(part) ?? []
  const every = step === undefined ? 1 : Number(step)
  if (every < 1 || every > (field.low === 1970 ? field.high - field.low : field.high)) return undefined
  if (start === '*') return end === undefined ? { from: field.low, to: field.high, step: every } : undefined
  const from = parseValue(start, field)
  const to = end === undefined ? (step === undefined ? from : field.high) : parseValue(end, field)
  return from === undefined || to === undefined ? undefined : { from, to, step: every }
}

/** A number or a name of a field. */
export function parseValue(text: string, { low, high, names }: Field): number | undefined {
  const at = names.indexOf(text)
  if (at >= 0) return at + low
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= low && value <= high ? value : undefined
}
