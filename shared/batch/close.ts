/** Closes a shard in its batch once its members have ended, and finishes the batch with its last shard. */
import type { Check, Write } from '../lib/write.ts'
import { finish } from './finish.ts'
import { type BatchItem, batchKey, type ShardItem, shardKey, shardState } from './items.ts'
import { readBatch, readShard } from './read.ts'
import { type BatchDeps, transact } from './transact.ts'

/**
 * Notes in the batch what has become of a shard, if all its members have ended. The note is written on condition that the shard
 * still is as it was read: an operator may bring a member back meanwhile.
 */
export async function closeShard(
  deps: BatchDeps,
  place: { readonly id: string; readonly shard: number },
  shard: ShardItem,
): Promise<void> {
  for (let seen: ShardItem | undefined = shard; seen; seen = await readShard(deps, place)) {
    const state = shardState(seen)
    if (state === 'pending') return
    const batch = await readBatch(deps, place.id)
    if (!batch) return
    if (isClosed(batch, place.shard, state)) return finish(deps, place.id, batch)
    const written = await transact(deps, [closeWrite(place, state), stillCheck(place, state)])
    if (written === 'written') return finish(deps, place.id)
    // The batch has expired meanwhile; else the shard has changed.
    if (written[0]) return
  }
}

function isClosed({ pendingShards, failedShards }: BatchItem, shard: number, state: 'failed' | 'succeeded'): boolean {
  return !pendingShards?.has(shard) && (failedShards?.has(shard) ?? false) === (state === 'failed')
}

function closeWrite({ id, shard }: { id: string; shard: number }, state: 'failed' | 'succeeded'): Write {
  const text =
    state === 'failed'
      ? 'DELETE pendingShards :shard ADD failedShards :shard'
      : 'DELETE pendingShards :shard, failedShards :shard'
  return {
    op: 'update',
    table: 'effects',
    key: batchKey(id),
    update: { text, values: { ':shard': new Set([shard]) } },
    condition: { text: 'attribute_exists(pk)' },
  }
}

/** An empty set is an attribute that does not exist. */
function stillCheck({ id, shard }: { id: string; shard: number }, state: 'failed' | 'succeeded'): Check {
  const ends =
    state === 'failed'
      ? '(attribute_exists(dead) OR attribute_exists(cancelled))'
      : 'attribute_not_exists(dead) AND attribute_not_exists(cancelled)'
  return {
    op: 'check',
    table: 'effects',
    key: shardKey(id, shard),
    condition: { text: `attribute_exists(sealed) AND attribute_not_exists(pending) AND ${ends}` },
  }
}
