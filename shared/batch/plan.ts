/** Plans the batches of a change: their members' places, and the items of new batches. */
import type { BatchCallback, BatchOptions, BatchRequest } from '../define/batch.ts'
import { ChangeRefusedError } from '../define/errors.ts'
import type { JobRequest } from '../define/job.ts'
import { groupOf, uniqueKeyOf } from '../define/job.ts'
import type { Registry } from '../define/registry.ts'
import { type Ids, isUuid, jobId } from '../lib/id.ts'
import { expiresAfter } from '../lib/lifetimes.ts'
import type { Item } from '../lib/write.ts'
import type { Change } from '../outbox/change.ts'
import { type Origin, outboxWrite } from '../outbox/envelope.ts'
import { jobProblems, problemLine } from '../outbox/job-problem.ts'
import { mostJobs } from './items.ts'
import { firstSeats, longestBatch, newBatchItem, type PlannedBatch, type Seats } from './planned.ts'

/** What batches are planned with. */
export interface BatchPlanContext {
  readonly origin: Origin
  readonly registry: Registry
  readonly ids: Ids
  /** What the ids of new batches follow from. */
  readonly seed: string
  /** Seats of the additions, by their position among the batches of the change. */
  readonly seats: ReadonlyMap<number, Seats>
}

/** All jobs of a change: first its own, then the members of its batches. */
export function jobsOf({ jobs = [], batches = [] }: Change): JobRequest[] {
  return [...jobs, ...batches.flatMap(membersOf)]
}

function membersOf(request: BatchRequest): readonly JobRequest[] {
  return request.kind === 'seal' ? [] : (request.jobs ?? [])
}

/**
 * The batches that a change creates or adds to, in its order.
 *
 * @throws ChangeRefusedError when one of them can never be written
 */
export function planBatches({ jobs = [], batches = [] }: Change, context: BatchPlanContext): PlannedBatch[] {
  let next = jobs.length
  return batches.flatMap((request, n) => {
    refuseBadRequest(request)
    if (request.kind === 'seal') return []
    const places = Array.from({ length: membersOf(request).length }, () => next++)
    return [request.kind === 'create' ? planNew(request, n, places, context) : planMore(request, n, places, context)]
  })
}

function planNew(options: BatchOptions, n: number, places: readonly number[], context: BatchPlanContext): PlannedBatch {
  const { ids, seed, origin } = context
  const id = options.id ?? ids.derive(seed, 'batch', n)
  const open = options.open ?? false
  const expiresAt = expiresAfter(origin.now, longestBatch)
  const callbacks = {
    ...callbackOf(id, 'onFinished', options.onFinished, context),
    ...callbackOf(id, 'onSucceeded', options.onSucceeded, context),
  }
  const item = newBatchItem(id, { open, now: origin.now, expiresAt, callbacks })
  return { id, seats: firstSeats, places, item, open, expiresAt, mayGoAhead: options.id === undefined }
}

function planMore(
  { id }: { readonly id: string },
  n: number,
  places: readonly number[],
  { seats, origin }: BatchPlanContext,
): PlannedBatch {
  const taken = seats.get(n)
  if (!taken) throw new Error(`no seats were taken in batch "${id}"`)
  const expiresAt = expiresAfter(origin.now, longestBatch)
  return { id, seats: taken, places, open: true, expiresAt, mayGoAhead: true }
}

function refuseBadRequest(request: BatchRequest): void {
  const refuse = (problem: string) => {
    throw new ChangeRefusedError(problem)
  }
  const { id } = request
  if ((request.kind !== 'create' || id !== undefined) && !(typeof id === 'string' && isUuid(id)))
    refuse(`the id of a batch is ${JSON.stringify(id)}; it must be a UUID in lower case`)
  const count = membersOf(request).length
  if (count > mostJobs)
    refuse(
      `a batch gets ${count} jobs at once, and at most ${mostJobs} are possible: leave it open, and add the others`,
    )
  if (request.kind === 'add' && count === 0) refuse(`no jobs are added to batch "${id}": give at least one`)
  if (request.kind === 'create' && count === 0 && !request.open)
    refuse('a batch has no jobs and is not open: give it jobs, or set open to true and add them later')
}

const sample = { id: '', total: 0, succeeded: 0, dead: 0, cancelled: 0 }

/** The callback as the outbox item that it will be, in text. */
function callbackOf(
  batchId: string,
  event: 'onFinished' | 'onSucceeded',
  callback: BatchCallback | undefined,
  { origin, registry, ids }: BatchPlanContext,
): Item {
  if (!callback) return {}
  const refuse = (problem: string): never => {
    throw new ChangeRefusedError(`${event} of a batch: ${problem}`)
  }
  const { job, payload } = callback
  const id = jobId(ids.derive(batchId, event), groupOf({ ...callback, payload: { ...payload, batch: sample } }))
  const request = { ...callback, payload: { ...payload, batch: sample }, id }
  if (uniqueKeyOf(request) !== undefined)
    refuse(`"${job.type}" has a ${job.unique ? 'unique key' : 'debounce'} here, so it may be merged: use another type`)
  const problems = jobProblems(request, registry, origin.now, origin.hops + 1)
  if (problems.length > 0)
    throw new ChangeRefusedError(`${event} of a batch: job "${job.type}": ${problemLine(problems)}`, {
      problems: problems.map(({ path, message }) => ({ path: path === '' ? event : `${event}.${path}`, message })),
    })
  const { item } = outboxWrite(request, { ...origin, hops: origin.hops + 1 }, registry)
  return { [event]: JSON.stringify({ ...item, payload: JSON.stringify(payload) }) }
}
