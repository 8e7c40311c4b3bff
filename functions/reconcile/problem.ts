import { mostHops, type Reconciliation, type Run } from '../../shared/recovery/reconcile.ts'

/**
 * Why a run ends in an error; `undefined` if it does not. A run that handed something on leaves it to the next: Lambda
 * repeats what failed, and would hand it on again.
 */
export function problemOf({ unsentBefore }: Run, result: Reconciliation): string | undefined {
  const { unsent, unreadable, complete, scanned, next } = result
  if (next.length > 0) return undefined
  const reasons = [
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
