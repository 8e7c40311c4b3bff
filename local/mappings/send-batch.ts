/** Sends a batch of a shard's records, and what it falls apart into, until every record is done or given up. */
import { reportFailure } from './failure-destination.ts'
import type { ShardJob } from './shard-job.ts'
import type { Batch, Discarded } from './stream-plan.ts'
import { afterInvocation, newBatch, withoutExpired } from './stream-plan.ts'
import type { StreamRecord } from './stream-record.ts'
import { backoff, pause } from './waiting.ts'

/** When `stopped` aborts, no further invocation starts; records that are then not `finish`ed come again after a restart. */
export async function sendUntilFinished(
  job: ShardJob,
  records: readonly StreamRecord[],
  finish: (records: readonly StreamRecord[]) => void,
  stopped: AbortSignal,
): Promise<void> {
  const { mapping } = job

  /** The checkpoint may pass the records only once their message has been handed over. */
  async function giveUp(discarded: Discarded): Promise<void> {
    const handedOver = await reportFailure(job, discarded, stopped)
    if (handedOver) finish(discarded.batch.records)
  }

  let pending: readonly Batch[] = [newBatch(records)]
  while (!stopped.aborted) {
    const [next, ...later] = pending
    if (!next) return
    const { alive, discarded } = withoutExpired(next, mapping.maximumRecordAgeSeconds, Date.now())
    if (discarded) await giveUp(discarded)
    pending = alive ? [...(await send(job, alive, finish, giveUp, stopped)), ...later] : later
  }
}

/** One invocation. Returns what of the batch is to be sent again, after the pause that is due. */
async function send(
  job: ShardJob,
  batch: Batch,
  finish: (records: readonly StreamRecord[]) => void,
  giveUp: (discarded: Discarded) => Promise<void>,
  stopped: AbortSignal,
): Promise<readonly Batch[]> {
  const { context, mapping } = job
  if (stopped.aborted) return [batch]
  putIteratorAge(job, batch)
  const result = await context.functions.invoke(mapping.functionName, {
    Records: batch.records.map((record) => record.event),
  })
  const step = afterInvocation(batch, result, mapping)
  finish(step.done)
  if (step.discarded) await giveUp(step.discarded)
  const [retry] = step.retry
  if (retry) await pause(backoff(retry.setbacks, context.timing.backoff), stopped)
  return step.retry
}

/** AWS measures it at the last record of a batch, each time the batch is sent. */
function putIteratorAge({ context, mapping }: ShardJob, batch: Batch): void {
  const createdAt = batch.records.at(-1)?.createdAt ?? Date.now()
  context.metrics.put({
    namespace: 'AWS/Lambda',
    name: 'IteratorAge',
    dimensions: { FunctionName: mapping.functionName },
    value: Math.max(0, Date.now() - createdAt),
  })
}
