/** Counts of a batch, read from its shards. */
import type { BatchCounts } from '../define/batch.ts'
import { pooled } from '../lib/pooled.ts'
import type { Store } from '../lib/ports.ts'
import { type BatchItem, type ShardItem, shardKey, sizeOf } from './items.ts'

/** Shards that are read at the same time. */
const width = 16

/** The shards of a batch that exist. */
export async function shardsOf(
  store: Pick<Store, 'get'>,
  id: string,
  { shards = new Set() }: Pick<BatchItem, 'shards'>,
): Promise<{ readonly shard: number; readonly item: ShardItem }[]> {
  const read = await pooled([...shards], width, async (shard) => ({
    shard,
    item: (await store.get('effects', shardKey(id, shard))) as ShardItem | undefined,
  }))
  return read.flatMap(({ shard, item }) => (item ? [{ shard, item }] : []))
}

/** Number of members, and how many of them have not ended, or have ended in some way. */
export async function countsOf(
  store: Pick<Store, 'get'>,
  id: string,
  batch: Pick<BatchItem, 'shards' | 'members'>,
): Promise<Omit<BatchCounts, 'id'> & { readonly pending: number }> {
  if (batch.members !== undefined)
    return { total: batch.members, succeeded: batch.members, dead: 0, cancelled: 0, pending: 0 }
  const shards = await shardsOf(store, id, batch)
  const total = (size: (item: ShardItem) => number) => shards.reduce((sum, { item }) => sum + size(item), 0)
  const members = total(({ members = 0 }) => members)
  const pending = total((item) => sizeOf(item.pending))
  const dead = total((item) => sizeOf(item.dead))
  const cancelled = total((item) => sizeOf(item.cancelled))
  return { total: members, succeeded: members - pending - dead - cancelled, dead, cancelled, pending }
}
