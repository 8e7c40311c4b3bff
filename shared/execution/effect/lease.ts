/** The lease of an attempt: how long it may work, and what follows when its process died. */
import type { Effect } from '../effect.ts'

/** Whether an attempt that is still marked as running has ended: its process died. */
export function leaseIsOver(effect: Pick<Effect, 'leaseUntil'>, now: Date): boolean {
  return (effect.leaseUntil ?? 0) < now.getTime()
}

type Budget = Pick<Effect, 'budget' | 'givenBack'>

/**
 * Attempts that a job may start in all: its budget and those that were given back.
 *
 * @param unset the budget until code that knows the type has claimed the job; without it, `undefined` is returned until then
 */
export function allowedAttempts(effect: Budget, unset: number): number
export function allowedAttempts(effect: Budget, unset?: number): number | undefined
export function allowedAttempts({ budget, givenBack = 0 }: Budget, unset?: number): number | undefined {
  const attempts = budget ?? unset
  return attempts === undefined ? undefined : attempts + givenBack
}

/** Whether no attempt may follow one whose process died. An attempt that was not alone in its process is given back. */
export function isLastAttempt(
  effect: Pick<Effect, 'attempts' | 'budget' | 'givenBack' | 'shared'>,
  onCrash: 'retry' | 'dead-letter',
): boolean {
  return onCrash === 'dead-letter' || (!effect.shared && effect.attempts >= (allowedAttempts(effect) ?? Infinity))
}
