/** A value, and how often it was measured. */
export interface Measured {
  readonly value: number
  readonly count: number
}

type Statistic = (measured: readonly Measured[]) => number | undefined

/** CloudWatch's statistics over what was measured in one period; `undefined` for a period without data. */
export function statisticOf(statistic: string): Statistic {
  const simple = SIMPLE[statistic]
  if (simple) return (measured) => (measured.length === 0 ? undefined : simple(measured))
  const percentile = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(statistic)?.[1]
  if (percentile === undefined) {
    throw new Error(
      `The statistic ${statistic} is not evaluated here. Use Sum, Average, Minimum, Maximum, SampleCount or pNN.`,
    )
  }
  return (measured) => percentileOf(measured, Number(percentile))
}

const samples = (measured: readonly Measured[]) => measured.reduce((total, { count }) => total + count, 0)
const sum = (measured: readonly Measured[]) => measured.reduce((total, { value, count }) => total + value * count, 0)

const SIMPLE: Readonly<Record<string, (measured: readonly Measured[]) => number>> = {
  Sum: sum,
  Average: (measured) => sum(measured) / samples(measured),
  Minimum: (measured) => measured.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY),
  Maximum: (measured) => measured.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  SampleCount: samples,
}

/** The smallest value that is not below the given share of all that were measured. */
function percentileOf(measured: readonly Measured[], percentile: number): number | undefined {
  const sorted = [...measured].sort((a, b) => a.value - b.value)
  const rank = Math.max(1, Math.ceil((percentile / 100) * samples(sorted)))
  let below = 0
  return sorted.find(({ count }) => {
    below += count
    return below >= rank
  })?.value
}
