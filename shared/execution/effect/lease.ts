/** The lease of an attempt: how long it may work, and what follows when its process died. */
import type { Effect } from '../effect.ts'

/** Whether an attempt that is still marked as running has ended: its process died. */
export function leaseIsOver(effect: Pick<Effect, 'leaseUntil'>, now: Date): boolean {
  return (effect.leaseUntil ?? 0) < now.getTime()
}

/** Whether no attempt may follow one whose process died. An attempt that was not alone in its process is given back. */
export function isLastAttempt(
  { attempts, budget, shared }: Pick<Effect, 'attempts' | 'budget' | 'shared'>,
  onCrash: 'retry' | 'dead-letter',
): boolean {
  return onCrash === 'dead-letter' || (!shared && budget !== undefined && attempts >= budget)
}
