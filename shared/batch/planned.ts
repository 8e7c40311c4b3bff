/** The batches of a change, as they are planned: the numbers of their members, and the writes that add these. */
import type { Ids } from '../lib/id.ts'
import type { Item, Write } from '../lib/write.ts'
import { batchesKey } from './index-keys.ts'
import { batchKey, mostJobs, rosterKey, shardKey, type Update } from './items.ts'

/** A member's place in its batch. Its envelope has it. */
export interface Member {
  /** Id of the batch. */
  readonly id: string
  readonly shard: number
  /** Number of the member, unique in its batch. */
  readonly member: number
}

/** Members that a request may add to a batch. */
export interface Seats {
  readonly shard: number
  /** Number of the request, from 0. */
  readonly request: number
}

/** A batch that a change creates, or members that it adds to one. */
export interface PlannedBatch {
  readonly id: string
  readonly seats: Seats
  /** Positions of its jobs among those of the change, ascending. */
  readonly places: readonly number[]
  /** The item of a batch that is created; `undefined` if members are added. */
  readonly item?: Item
  readonly open: boolean
  /**
   * Whether its writes may come before the transaction of the jobs, where that is full: no other attempt writes the same
   * items with other contents.
   */
  readonly mayGoAhead: boolean
  /** TTL of its items, seconds since the epoch. */
  readonly expiresAt: number
}

/** The first seats of a batch that is created. */
export const firstSeats: Seats = { shard: 0, request: 0 }

/** A batch ends this long after its creation at the latest, in seconds: longer than any job can be delayed. */
export const longestBatch = 400 * 86_400

/** The place of the nth job of a planned batch. */
export function memberAt({ id, seats }: Pick<PlannedBatch, 'id' | 'seats'>, n: number): Member {
  return { id, shard: seats.shard, member: seats.request * mostJobs + n }
}

/**
 * The writes that create a batch, or add members.
 *
 * @param left positions of jobs that are not written, since they are merged into others
 * @param ahead whether they are written before the transaction of the jobs
 */
export function batchWrites(planned: PlannedBatch, left: ReadonlySet<number>, ahead = false): Write[] {
  const { id, seats, places, item, open } = planned
  const numbers = places.flatMap((place, n) => (left.has(place) ? [] : [memberAt(planned, n).member]))
  if (!item) return numbers.length > 0 ? [addMembers(planned, numbers)] : []
  const shards = numbers.length > 0 ? { pendingShards: new Set([seats.shard]), shards: new Set([seats.shard]) } : {}
  const created = { ...item, ...shards, ...(ahead ? { ahead } : {}) }
  const whole: Write = { op: 'put', table: 'effects', item: created, condition: isNew }
  if (numbers.length === 0) return [whole]
  const shard = {
    ...shardKey(id, seats.shard),
    members: numbers.length,
    pending: new Set(numbers),
    ...(open ? {} : { sealed: true }),
    expiresAt: planned.expiresAt,
  }
  return [whole, { op: 'put', table: 'effects', item: shard, condition: isNew }]
}

const isNew = { text: 'attribute_not_exists(pk)' }

function addMembers({ id, seats, expiresAt }: PlannedBatch, numbers: readonly number[]): Update {
  return {
    op: 'update',
    table: 'effects',
    key: shardKey(id, seats.shard),
    update: {
      text: 'SET expiresAt = :expiresAt ADD members :count, pending :numbers',
      values: { ':expiresAt': expiresAt, ':count': numbers.length, ':numbers': new Set(numbers) },
    },
    condition: {
      text: 'attribute_not_exists(sealed) AND NOT contains(pending, :first)',
      values: { ':first': numbers[0] },
    },
    quiet: true,
  }
}

/** The item of a batch that a change creates, without its shards. */
export function newBatchItem(
  id: string,
  { open, now, expiresAt, callbacks }: { open: boolean; now: Date; expiresAt: number; callbacks: Item },
): Item {
  const at = now.toISOString()
  return {
    ...batchKey(id),
    requests: 1,
    ...(open ? {} : { sealedAt: at }),
    ...callbacks,
    createdAt: at,
    batches: batchesKey('live', id),
    batchesAt: `${at}#${id}`,
    expiresAt,
  }
}

/** The jobs of a request for members, so that their ids can be found. Written before the transaction of the jobs. */
export function rosterWrite(
  planned: PlannedBatch,
  jobs: readonly { readonly id: string }[],
  { changeId, ids, now, ahead }: { changeId: string; ids: Ids; now: Date; ahead: boolean },
): Write | undefined {
  const [first] = planned.places
  if (first === undefined) return undefined
  const own = planned.places.map((place) => jobs[place]?.id ?? '')
  const isDerived = own.every((id, n) => id === ids.derive(changeId, 'job', first + n))
  const members = isDerived ? { change: changeId, first, count: own.length } : { ids: own }
  const item = {
    ...rosterKey(planned.id, planned.seats.request),
    ...members,
    at: now.getTime(),
    ...(ahead ? { ahead } : {}),
    expiresAt: planned.expiresAt,
  }
  return { op: 'put', table: 'effects', item }
}
