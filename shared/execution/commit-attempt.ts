/** The commit of an attempt: what the job returned, together with its completion. */
import { throwBatchRefusal } from '../batch/around-commit.ts'
import { takeSeats } from '../batch/seats.ts'
import { BusyError, ChangeRefusedError } from '../define/errors.ts'
import { expiresAfter } from '../lib/lifetimes.ts'
import type { Item, TransactWrite } from '../lib/write.ts'
import type { JobChange } from '../outbox/change.ts'
import { persist } from '../outbox/commit.ts'
import { plan } from '../outbox/plan.ts'
import { commitPlan } from '../outbox/unique/commit-plan.ts'
import { type Attempt, type AttemptDeps, commitTime } from './attempt.ts'
import { completeWrite } from './effect/end-writes.ts'
import { resultText } from './result.ts'

/** @returns `fenced` when another attempt has taken the job meanwhile: nothing of this one was written */
export async function commitAttempt(
  deps: AttemptDeps,
  attempt: Attempt,
  { result, ...change }: JobChange,
): Promise<'committed' | 'fenced'> {
  const { envelope, effect, owner } = attempt
  const until = attempt.deadline - commitTime
  const now = deps.clock.now()
  const expiresAt = expiresAfter(now, deps.lifetimes.effect)
  const completion = completeWrite({ jobId: effect.pk, owner, now, expiresAt }, resultText(envelope.type, result))
  const origin = {
    now,
    hops: envelope.hops + 1,
    traceparent: attempt.traceparent ?? envelope.traceparent,
    record: envelope.record,
    outboxLifetime: deps.lifetimes.outbox,
  }
  // The ids of what it causes belong to this life of its id: what a former life caused may still be there.
  const changeId = `${envelope.id}@${envelope.createdAt}`
  const seats = await takeSeats(deps.store, change, owner)
  // The ids of batches belong to the attempt: what one that lost its lease wrote ahead is nobody else's.
  const planned = plan(change, changeId, {
    origin,
    registry: deps.registry,
    ids: deps.ids,
    completion,
    seed: owner,
    seats,
  })
  if (planned.writes.length === 1 && planned.batches.ids.length === 0) {
    // Nothing but the completion: a plain write costs half of a transaction. Its owner makes a repetition harmless; giving
    // it up early would not be, for what the job did outside would be done again.
    const written = await persist(deps, completion, until)
    return written.kind === 'written' || isOurs(written.met, owner) ? 'committed' : 'fenced'
  }
  const written = await commitPlan(deps, planned, { token: owner, until })
  if (written.kind === 'written') return 'committed'
  if (written.kind === 'busy')
    throw new BusyError(`the tables did not take the change of "${envelope.type}" in time: ${written.reason}`)
  if (written.met[0]) return isOurs(written.met[0], owner) ? 'committed' : 'fenced'
  throwBatchRefusal(written.writes, written.met)
  const place = written.met.findIndex(Boolean)
  throw new ChangeRefusedError(
    `what "${envelope.type}" creates exists already (write ${place} of its change${placeOf(written.writes[place])}): use put or update for a record that may be there, and another id for a job`,
  )
}

function placeOf(write: TransactWrite | undefined): string {
  return write?.op === 'put' ? `, ${String(write.item.pk)} / ${String(write.item.sk)}` : ''
}

/** Our own completion went through, only its answer was lost. */
function isOurs(met: Item | undefined, owner: string): boolean {
  return met?.owner === owner && met.state === 'succeeded'
}
