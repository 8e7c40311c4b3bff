/** Seats: the numbers that a request may give to the members that it adds to an open batch. */
import { BatchRefusedError } from '../define/errors.ts'
import { bucketOf } from '../lib/id.ts'
import type { Store } from '../lib/ports.ts'
import type { Change } from '../outbox/change.ts'
import { type BatchItem, batchKey, shardCount } from './items.ts'
import { firstSeats, type Seats } from './planned.ts'

/** The seats of each addition of a change, by its position among the batches of the change. */
export type SeatsByPlace = ReadonlyMap<number, Seats>

/**
 * Takes seats for the members that a change adds. If the change is not written after all, they stay empty: the shard that was
 * noted in the batch has no member of them.
 *
 * @param token names the request: it decides the shards, of which each addition has its own
 * @throws BatchRefusedError when a batch does not exist or is sealed
 */
export async function takeSeats(
  store: Pick<Store, 'write'>,
  { batches = [] }: Pick<Change, 'batches'>,
  token: string,
): Promise<SeatsByPlace> {
  const seats = new Map<number, Seats>()
  for (const [place, request] of batches.entries())
    if (request.kind === 'add')
      seats.set(place, await takeSeat(store, request.id, (bucketOf(token, shardCount) + place) % shardCount))
  return seats
}

async function takeSeat(store: Pick<Store, 'write'>, id: string, shard: number): Promise<Seats> {
  const taken = await store.write({
    op: 'update',
    table: 'effects',
    key: batchKey(id),
    update: {
      text: 'ADD requests :one, pendingShards :shard, shards :shard',
      values: { ':one': 1, ':shard': new Set([shard]) },
    },
    condition: { text: 'attribute_exists(pk) AND attribute_not_exists(sealedAt)' },
  })
  if (taken.kind === 'refused') throw refusalOf(id, taken.met as BatchItem | undefined)
  return { shard, request: (taken.item as unknown as BatchItem).requests - 1 }
}

/** Seats for a plan that is not written. */
export function noSeats({ batches = [] }: Pick<Change, 'batches'>): SeatsByPlace {
  return new Map(batches.map((_, place) => [place, firstSeats]))
}

/** The error of a request for a batch that it cannot change. @param batch as it was found */
export function refusalOf(id: string, batch: Pick<BatchItem, 'sealedAt'> | undefined): BatchRefusedError {
  return batch?.sealedAt === undefined ? unknownBatch(id) : sealedBatch(id, batch.sealedAt)
}

function unknownBatch(id: string): BatchRefusedError {
  return new BatchRefusedError('unknown', `There is no batch "${id}", or it ended more than 60 days ago.`)
}

/** @param at when it was sealed, ISO 8601 UTC. @default - not known */
export function sealedBatch(id: string, at?: string): BatchRefusedError {
  const when = at === undefined ? 'is sealed' : `was sealed at ${at}`
  return new BatchRefusedError('sealed', `Batch "${id}" ${when}: it takes no more members. Create another batch.`)
}
