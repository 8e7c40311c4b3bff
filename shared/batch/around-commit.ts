/** What the batches of a change need before and after its transaction, and what a refusal of it means. */
import { ChangeRefusedError } from '../define/errors.ts'
import type { Store } from '../lib/ports.ts'
import { type Item, keyOf, type TransactWrite } from '../lib/write.ts'
import type { PlannedBatches } from './in-change.ts'
import { type BatchItem, batchIdOf, isBatchItem, type ShardItem } from './items.ts'
import { sealShards } from './seal.ts'
import { refusalOf, sealedBatch } from './seats.ts'
import type { BatchDeps } from './transact.ts'

/**
 * Writes what comes before the transaction. An item that is there already was written by an earlier try of the same request.
 *
 * @throws BatchRefusedError when the batch was sealed meanwhile
 */
export async function writeAhead(store: Store, { ahead }: PlannedBatches): Promise<void> {
  for (const write of ahead) {
    const result = await store.write(write)
    if (result.kind === 'refused') throwIfSealed(write, result.met)
  }
}

/** Ends batches that may have ended with their change. If the process dies here, the reconciler does it. */
export async function endBatches(deps: BatchDeps, { mayEnd }: PlannedBatches): Promise<void> {
  // The change is committed, so nothing of this may fail it.
  for (const id of mayEnd) await sealShards(deps, id).catch(() => undefined)
}

/**
 * Throws if a transaction was refused because of one of its batches.
 *
 * @param met what each write met
 * @throws BatchRefusedError when a batch does not exist or is sealed
 * @throws ChangeRefusedError when a batch with the id of a new one exists
 */
export function throwBatchRefusal(writes: readonly TransactWrite[], met: readonly (Item | undefined)[]): void {
  const place = writes.findIndex(
    (write, i) => met[i] !== undefined && write.op !== 'check' && isBatchItem(keyOf(write)),
  )
  const write = writes[place]
  if (!write) return
  const id = batchIdOf(String(keyOf(write).pk))
  if (write.op === 'put')
    throw new ChangeRefusedError(`batch "${id}" exists already: leave out the id of the batch, or give one that is new`)
  throwIfSealed(write, met[place])
  throw refusalOf(id, met[place] as unknown as BatchItem)
}

/** Of an addition: its shard says that it is sealed. */
function throwIfSealed(write: TransactWrite, met: Item | undefined): void {
  const [id, shard] = batchIdOf(String(keyOf(write).pk)).split('#')
  if (shard === undefined || write.op !== 'update' || !(met as ShardItem | undefined)?.sealed) return
  throw sealedBatch(String(id))
}
