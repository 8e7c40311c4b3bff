/** Time cut into periods of equal length, which begin at whole multiples of that length; the last one is still running. */
export interface Periods {
  readonly since: Date
  readonly until: Date
  readonly periodSeconds: number
  readonly count: number
}

/** The periods that hold the last so many seconds. */
export function periodsOf(now: Date, seconds: number, periodSeconds: number): Periods {
  const length = periodSeconds * 1000
  const count = Math.ceil(seconds / periodSeconds)
  const since = new Date((Math.floor(now.getTime() / length) - count + 1) * length)
  return { since, until: now, periodSeconds, count }
}

/** One value for each period, 0 where there is none. */
export function aligned(points: readonly { readonly at: number; readonly value: number }[], of: Periods): number[] {
  const values = new Array<number>(of.count).fill(0)
  for (const { at, value } of points) {
    const place = Math.floor((at - of.since.getTime()) / (of.periodSeconds * 1000))
    if (place >= 0 && place < of.count) values[place] = (values[place] ?? 0) + value
  }
  return values
}
