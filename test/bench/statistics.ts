/** A percentile of some numbers, by the nearest rank. @param p 0 to 100 */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN
}

export interface Summary {
  readonly count: number
  /** All in ms. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function summaryOf(ms: readonly number[]): Summary {
  const rounded = (value: number) => Math.round(value)
  return {
    count: ms.length,
    p50: rounded(percentile(ms, 50)),
    p99: rounded(percentile(ms, 99)),
    max: rounded(Math.max(...ms)),
  }
}
