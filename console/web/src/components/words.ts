/** How numbers, times, lengths of time, and what nobody wrote, are written. */
const numbers = new Intl.NumberFormat('en')

export const count = (value: number) => numbers.format(value)

const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 0 })

/** Where there is little room: `2K` */
export const roughly = (value: number) => compact.format(value)

/** `1 job`, `1,204 jobs` */
export function many(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`
}

const units = [
  ['day', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** `42 s`, `3 min`, `2 h 10 min`, `12 days`. @param seconds at least 0 */
export function duration(seconds: number): string {
  const index = Math.max(
    0,
    units.findIndex(([, size]) => seconds >= size),
  )
  const at = seconds < 1 ? units.length - 1 : index
  const [unit, size] = units[at] ?? units[0]
  const value = Math.floor(seconds / size)
  const words = `${count(value)} ${unit === 'day' && value !== 1 ? 'days' : unit}`
  // An hour and a half is neither one hour nor two; a week and a half is about a week.
  const rest = value < 6 && unit !== 'min' && unit !== 's' ? units[at + 1] : undefined
  const more = rest ? Math.floor((seconds % size) / rest[1]) : 0
  return rest && more > 0 ? `${words} ${more} ${rest[0]}` : words
}

/** `just now`, `3 min ago`, `in 2 h`. @param at and now in ms */
export function relative(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (Math.abs(seconds) < 2) return 'just now'
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`
}

/** `2026-11-03 03:12:45`, local time. */
export function exact(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`
}

/** A rate with two significant digits: `0.3`, `12`, `1,200`. */
export function rate(value: number): string {
  const absolute = Math.abs(value)
  return absolute < 10 ? tenths.format(absolute) : count(Math.round(absolute))
}

/** A time span of a machine: `84 ms`, `1.2 s`, `3 min`. */
export function latency(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : duration(ms / 1_000)
}

/** `$0.42`, `$1,204`; small sums keep two significant digits: `$0.0031`. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0'
  if (usd < 0.000_001) return 'under $0.000001'
  const small =
    usd < 0.1
      ? { minimumSignificantDigits: 2, maximumSignificantDigits: 2 }
      : { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  return `$${usd.toLocaleString('en', usd >= 1_000 ? { maximumFractionDigits: 0 } : small)}`
}

/** A quantity as it fits a table: `1,204,117`, `3.4`, `0.0021`. */
export function quantity(value: number): string {
  return value.toLocaleString('en', value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 })
}

/** The person behind an ARN: `kim (operator)` of an assumed role. Text that is not an ARN stays as it is. */
export function who(by: string): string {
  const role = /:assumed-role\/(?:.*\/)?([^/]+)\/([^/]+)$/.exec(by)
  if (role) return `${role[2]} (${role[1]})`
  return /^arn:[^:]*:iam::\d*:user\/(?:.*\/)?([^/]+)$/.exec(by)?.[1] ?? by
}

/** In place of an error that nobody wrote down. */
export const noError = '(no error was written)'
