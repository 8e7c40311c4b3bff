import { mostHops, type Reconciliation, type Run } from '../../shared/recovery/reconcile.ts'

/**
 * Why a run ends in an error; `undefined` if it does not. A run that handed something on leaves it to the next, except for
 * batches, which only a first run checks.
 */
export function problemOf({ unsentBefore }: Run, result: Reconciliation): string | undefined {
  const { unsent, unreadable, complete, scanned, next } = result
  const batches = batchProblems(result)
  if (next.length > 0) return batches.length > 0 ? batches.join('. ') : undefined
  const reasons = [
    ...batches,
    ...(unsent + unsentBefore > 0
      ? [`${unsent + unsentBefore} jobs have no message and could not be sent: the log names each`]
      : []),
    ...(unreadable.length > 0
      ? [`the age of messages is unknown, so the jobs of these lanes count as late (${unreadable.join('; ')})`]
      : []),
    ...(complete
      ? []
      : [
          `${mostHops + 1} runs did not read all of a part (the last of them ${scanned} items): give the function reconcile more memory, and so CPU`,
        ]),
  ]
  return reasons.length > 0 ? reasons.join('. ') : undefined
}

/** Batches that one error names. */
const mostNamed = 5

function batchProblems({ unsealed, unchecked }: Pick<Reconciliation, 'unsealed' | 'unchecked'>): string[] {
  const some = (list: readonly string[]) =>
    `${list.slice(0, mostNamed).join(', ')}${list.length > mostNamed ? ', …' : ''}`
  return [
    ...(unsealed.length > 0
      ? [
          `${unsealed.length} batches have been open for more than a day (${some(unsealed)}): add what is missing, and seal them`,
        ]
      : []),
    ...(unchecked.length > 0
      ? [`${unchecked.length} batches could not be checked, and are checked again in an hour (${some(unchecked)})`]
      : []),
  ]
}
