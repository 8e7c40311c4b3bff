/** Batches as callers see them. */
import { countsOf } from '../../../../shared/batch/counts.ts'
import { type BatchItem, batchIdOf } from '../../../../shared/batch/items.ts'
import { readBatch } from '../../../../shared/batch/read.ts'
import { batchStatus, callbacksOf } from '../../../../shared/batch/status.ts'
import type { ApiDeps } from '../../deps.ts'
import type { Batch } from './schemas.ts'

/** A batch as the API shows it; `undefined` if it does not exist, or has expired. */
export async function batchOf(deps: Pick<ApiDeps, 'store'>, id: string): Promise<Batch | undefined> {
  const batch = await readBatch(deps, id)
  return batch && viewOf(deps, batch)
}

async function viewOf({ store }: Pick<ApiDeps, 'store'>, batch: BatchItem): Promise<Batch> {
  const id = batchIdOf(batch.pk)
  const { createdAt, sealedAt, finishedAt, succeededAt } = batch
  const callbacks = callbacksOf(batch)
  return {
    id,
    status: batchStatus(batch),
    ...(await countsOf(store, id, batch)),
    createdAt,
    ...(sealedAt === undefined ? {} : { sealedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(succeededAt === undefined ? {} : { succeededAt }),
    callbacks: callbacks
      .filter(({ causedAt }) => causedAt !== undefined)
      .map(({ event, id, type }) => ({ event, id, type })),
    pendingCallbacks: callbacks
      .filter(({ causedAt }) => causedAt === undefined)
      .map(({ event, type }) => ({ event, type })),
  }
}
