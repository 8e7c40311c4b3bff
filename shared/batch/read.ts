/** Reads of a batch and its shards, as of the last write. */
import type { Store } from '../lib/ports.ts'
import { type BatchItem, batchKey, type ShardItem, shardKey } from './items.ts'

interface Deps {
  readonly store: Pick<Store, 'get'>
}

export async function readBatch({ store }: Deps, id: string): Promise<BatchItem | undefined> {
  return (await store.get('effects', batchKey(id))) as BatchItem | undefined
}

export async function readShard(
  { store }: Deps,
  { id, shard }: { readonly id: string; readonly shard: number },
): Promise<ShardItem | undefined> {
  return (await store.get('effects', shardKey(id, shard))) as ShardItem | undefined
}
