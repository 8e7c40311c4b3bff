/** One of a shard's concurrent batches: gathers records and sends them, one batch after the other. */
import { nextBatch } from './stream-plan.ts'
import type { StreamRecord } from './stream-record.ts'
import { createBell } from './waiting.ts'

export interface BatchSlot {
  push(record: StreamRecord): void
  /** Runs until the signal aborts; the batch in hand is finished first. */
  run(signal: AbortSignal): Promise<void>
}

export function createBatchSlot(
  limits: { readonly batchSize: number; readonly windowSeconds: number },
  send: (records: readonly StreamRecord[]) => Promise<void>,
): BatchSlot {
  const waiting: StreamRecord[] = []
  const arrived = createBell()

  /** Waits for a full batch, or for the window that opened with the first record to close. */
  async function gather(signal: AbortSignal): Promise<StreamRecord[]> {
    while (waiting.length === 0 && !signal.aborted) await arrived.heard(signal)
    const closesAt = Date.now() + limits.windowSeconds * 1000
    for (let left = closesAt - Date.now(); left > 0 && !signal.aborted; left = closesAt - Date.now()) {
      if (nextBatch(waiting, limits.batchSize).full) break
      await arrived.heard(signal, left)
    }
    return signal.aborted ? [] : waiting.splice(0, nextBatch(waiting, limits.batchSize).count)
  }

  return {
    push(record) {
      waiting.push(record)
      arrived.ring()
    },
    async run(signal) {
      while (!signal.aborted) {
        const records = await gather(signal)
        if (records.length > 0) await send(records)
      }
    },
  }
}
