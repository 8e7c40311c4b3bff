/**
 * A member that an operator brings back: in its batch, it has not ended. The write that brings it back and the one in its shard are
 * one transaction, so the batch cannot finish in between.
 */
import type { TransactWrite, Write } from '../lib/write.ts'
import { closeShard } from './close.ts'
import { batchKey, shardKey, type Update } from './items.ts'
import type { Member } from './planned.ts'
import { readShard } from './read.ts'
import { type BatchDeps, stateCheck, transact } from './transact.ts'

/**
 * Notes that a batch waits for a shard again, unless it has finished, and returns the writes that belong to the transaction
 * of the member. Of a batch that has expired there are none.
 */
export async function bringBackWrites({ store }: Pick<BatchDeps, 'store'>, member: Member): Promise<TransactWrite[]> {
  const waits = await store.write(waitAgain(member))
  if (waits.kind === 'refused' && waits.met === undefined) return []
  return [pendingAgain(member), isWaitedFor(member)]
}

/**
 * Brings a dead member back whose dead letter a person has put into its lane again. A redrive has done so already.
 *
 * If the process dies before the claim, the message comes back; if it is lost, the reconciler settles the death again.
 */
export async function memberComesBack(
  deps: BatchDeps,
  { id, batch }: { readonly id: string; readonly batch?: Member },
): Promise<void> {
  if (!batch) return
  const shard = await readShard(deps, batch)
  if (!shard?.dead?.has(batch.member)) return
  const writes = await bringBackWrites(deps, batch)
  if (writes.length === 0) return
  if ((await transact(deps, [...writes, stateCheck(id, 'dead')])) !== 'written') await leaveAsItWas(deps, batch)
}

/** Undoes what `bringBackWrites` noted, if the transaction was refused: closes the shard again, if none of its members runs. */
export async function leaveAsItWas(deps: BatchDeps, member: Member): Promise<void> {
  const item = await readShard(deps, member)
  if (item) await closeShard(deps, member, item)
}

/** A batch that has finished stays finished; only its success is still to come. */
function waitAgain({ id, shard }: Member): Write {
  return {
    op: 'update',
    table: 'effects',
    key: batchKey(id),
    update: { text: 'ADD pendingShards :shard, broughtBack :one', values: { ':shard': new Set([shard]), ':one': 1 } },
    condition: { text: 'attribute_exists(pk) AND attribute_not_exists(finishedAt)' },
    quiet: true,
  }
}

function pendingAgain({ id, shard, member }: Member): Update {
  return {
    op: 'update',
    table: 'effects',
    key: shardKey(id, shard),
    update: {
      text: 'DELETE dead :member, cancelled :member ADD pending :member',
      values: { ':member': new Set([member]) },
    },
    condition: { text: 'attribute_exists(pk)' },
    quiet: true,
  }
}

function isWaitedFor({ id, shard }: Member): TransactWrite {
  return {
    op: 'check',
    table: 'effects',
    key: batchKey(id),
    condition: { text: 'contains(pendingShards, :shard) OR attribute_exists(finishedAt)', values: { ':shard': shard } },
  }
}
