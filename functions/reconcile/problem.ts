import { mostHops, type Reconciliation, type Run } from '../../shared/recovery/reconcile.ts'

/**
 * Why a run ends in an error; `undefined` if it does not. A run that handed something on leaves it to the next, except for
 * batches, which only a first run checks.
 */
export function problemOf({ unsentBefore }: Run, result: Reconciliation): string | undefined {
  const { unsent, unreadable, unsealed, complete, scanned, next } = result
  const open = unsealed.length > 0 ? [unsealedProblem(unsealed)] : []
  if (next.length > 0) return open[0]
  const reasons = [
    ...open,
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

function unsealedProblem(ids: readonly string[]): string {
  const more = ids.length > mostNamed ? ', …' : ''
  return `${ids.length} batches have been open for more than a day (${ids.slice(0, mostNamed).join(', ')}${more}): add what is missing, and seal them`
}
