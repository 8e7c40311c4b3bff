/** The writes of a change's batches, next to those of its jobs: in one transaction, or ahead of it where that is full. */
import { type JobRequest, uniqueKeyOf } from '../define/job.ts'
import type { Ids } from '../lib/id.ts'
import { type TransactWrite, type Write, writeLimits } from '../lib/write.ts'
import type { Change } from '../outbox/change.ts'
import type { Origin } from '../outbox/envelope.ts'
import { batchWrites, type Member, memberAt, type PlannedBatch, rosterWrite } from './planned.ts'
import { sealWrite } from './seal.ts'

/** The batches of a plan. */
export interface PlannedBatches {
  /** Ids of the batches that the change creates, adds to or seals, in its order. */
  readonly ids: readonly string[]
  /** Writes that come before the transaction. Without it, they do no harm. */
  readonly ahead: readonly Write[]
  /** Writes of the transaction. @param left positions of jobs that are merged, so they are no members */
  writes(left: ReadonlySet<number>): readonly Write[]
  /** Batches that may have ended with the transaction: those that are sealed, or whose jobs are all merged. */
  readonly mayEnd: readonly string[]
}

/** The members of batches, by their positions among the jobs of the change. */
export function membersOf(planned: readonly PlannedBatch[]): ReadonlyMap<number, Member> {
  return new Map(planned.flatMap((batch) => batch.places.map((place, n) => [place, memberAt(batch, n)] as const)))
}

interface Given {
  readonly planned: readonly PlannedBatch[]
  readonly jobs: readonly (JobRequest & { readonly id: string })[]
  readonly change: Change
  readonly changeId: string
  readonly ids: Ids
  readonly left: ReadonlySet<number>
  readonly origin: Origin
  readonly seed: string
}

/**
 * Decides where the writes of batches go. A full transaction has no room for them; then they are written first, and members that
 * never came are taken out again by the reconciler. Jobs that may be merged are not known before, so then they must fit.
 *
 * @param others the other writes of the transaction
 */
export function placeBatches(others: readonly TransactWrite[], given: Given): PlannedBatches {
  const { planned, jobs, change, changeId, ids, seed, left, origin } = given
  const seals = (change.batches ?? []).flatMap((request) => (request.kind === 'seal' ? [request.id] : []))
  const sealWrites = seals.map((id) => sealWrite(id, origin.now))
  const own = planned.flatMap((batch) => batchWrites(batch, left))
  const isFull = others.length + own.length + sealWrites.length > writeLimits.actions
  const hasUnique = jobs.some((job) => uniqueKeyOf(job) !== undefined)
  const goesAhead = isFull && !hasUnique && planned.every(({ mayGoAhead }) => mayGoAhead)
  const rosters = planned.flatMap(
    (batch) => rosterWrite(batch, jobs, { changeId, ids, now: origin.now, ahead: goesAhead }) ?? [],
  )
  return {
    ids: (change.batches ?? []).map((request, n) => request.id ?? ids.derive(seed, 'batch', n)),
    ahead: goesAhead ? [...rosters, ...planned.flatMap((batch) => batchWrites(batch, left, true).reverse())] : rosters,
    writes: (merged) => [...(goesAhead ? [] : planned.flatMap((batch) => batchWrites(batch, merged))), ...sealWrites],
    mayEnd: [...seals, ...(hasUnique ? planned.filter(({ item, open }) => item && !open).map(({ id }) => id) : [])],
  }
}
