/** CloudWatch's statistics over the values of one period; `undefined` for a period without data. */
export function statisticOf(statistic: string): (values: readonly number[]) => number | undefined {
  const simple = SIMPLE[statistic]
  if (simple) return (values) => (values.length === 0 && statistic !== 'SampleCount' ? undefined : simple(values))
  const percentile = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(statistic)?.[1]
  if (percentile === undefined) {
    throw new Error(
      `The statistic ${statistic} is not evaluated here. Use Sum, Average, Minimum, Maximum, SampleCount or pNN.`,
    )
  }
  return (values) => percentileOf(values, Number(percentile))
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

const SIMPLE: Readonly<Record<string, (values: readonly number[]) => number | undefined>> = {
  Sum: sum,
  Average: (values) => sum(values) / values.length,
  Minimum: (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  Maximum: (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  SampleCount: (values) => (values.length === 0 ? undefined : values.length),
}

/** The smallest value that is not below the given share of all values. */
function percentileOf(values: readonly number[], percentile: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)]
}
