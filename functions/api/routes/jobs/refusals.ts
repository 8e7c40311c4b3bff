/** Answers to operators whose action comes too late, or for whom something stands in the way. */
import type { Effect } from '../../../../shared/execution/effect.ts'
import { statusOf } from '../../../../shared/execution/status.ts'
import type { Envelope } from '../../../../shared/outbox/envelope.ts'
import { type Answer, problem } from '../../answer.ts'
import type { ApiDeps } from '../../deps.ts'

export function statusNow({ clock, registry }: ApiDeps, envelope: Envelope, effect: Effect | undefined) {
  return statusOf(envelope, effect, clock.now(), registry.jobs.get(envelope.type))
}

/** A job that cannot be replayed as it is now. */
export function notReplayable(deps: ApiDeps, envelope: Envelope, effect: Effect | undefined): Answer<never> {
  const { id } = envelope
  if (effect?.replayedAs !== undefined)
    return problem(
      409,
      `Job "${id}" was replayed with another payload, as job "${effect.replayedAs}": replay that one.`,
    )
  return conflict(id, statusNow(deps, envelope, effect))
}

export function conflict(id: string, status: string): Answer<never> {
  if (status === 'dead')
    return problem(409, `The last attempt of job "${id}" has just died with its process: replay it in a moment.`)
  return problem(409, `Job "${id}" is ${status}: only a dead or cancelled job can be replayed.`)
}

export function held({ id }: Envelope, by: string): Answer<never> {
  return problem(
    409,
    `Job "${id}" cannot be replayed: job "${by}" has its unique key and has not finished. Wait for its end, or cancel it.`,
  )
}
