/**
 * Seals a batch: first the batch, so that no other shard is used, then each shard, so that it gets no member. A process that dies
 * in between leaves a sealed batch with open shards, which the reconciler seals.
 */

import { expiresAfter } from '../lib/lifetimes.ts'
import { pooled } from '../lib/pooled.ts'
import type { Write } from '../lib/write.ts'
import { closeShard } from './close.ts'
import { finish } from './finish.ts'
import { batchKey, type ShardItem, shardKey } from './items.ts'
import { longestBatch } from './planned.ts'
import { readBatch } from './read.ts'
import type { BatchDeps } from './transact.ts'

/** Shards that are sealed at the same time. */
const width = 16

/** Seals a batch that is open. */
export function sealWrite(id: string, now: Date): Write {
  return {
    op: 'update',
    table: 'effects',
    key: batchKey(id),
    update: { text: 'SET sealedAt = :now', values: { ':now': now.toISOString() } },
    condition: { text: 'attribute_exists(pk) AND attribute_not_exists(sealedAt)' },
  }
}

/** Seals the shards of a sealed batch, and finishes it if all members have ended. It may be called again. */
export async function sealShards(deps: BatchDeps, id: string): Promise<void> {
  const batch = await readBatch(deps, id)
  if (batch?.sealedAt === undefined) return
  await pooled([...(batch.pendingShards ?? [])], width, (shard) => sealShard(deps, { id, shard }))
  await finish(deps, id)
}

async function sealShard(deps: BatchDeps, place: { readonly id: string; readonly shard: number }): Promise<void> {
  const sealed = await deps.store.write({
    op: 'update',
    table: 'effects',
    key: shardKey(place.id, place.shard),
    update: {
      text: 'SET sealed = :yes, expiresAt = if_not_exists(expiresAt, :expiresAt)',
      values: { ':yes': true, ':expiresAt': expiresAfter(deps.clock.now(), longestBatch) },
    },
  })
  if (sealed.kind === 'written') await closeShard(deps, place, sealed.item as unknown as ShardItem)
}
