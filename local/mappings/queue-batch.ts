/** What a poller of a queue does with messages: gathers a batch, sends it, deletes what succeeded. */

import type { Queue, QueueMapping } from '../model.ts'
import type { InvokeResult } from '../types.ts'
import type { MappingContext } from './context.ts'
import { giveBack, receive, remove } from './queue-calls.ts'
import type { QueueRecord } from './queue-event.ts'
import { isFull, settle, toBatches } from './queue-plan.ts'
import { backoff, pause } from './waiting.ts'

export interface QueueJob {
  readonly context: MappingContext
  readonly mapping: QueueMapping
  readonly queue: Queue
  readonly passes: (record: object) => boolean
  /** False while the mapping is disabled or stopped: then nothing is sent. */
  readonly active: () => boolean
  readonly stopped: AbortSignal
}

/** How often the last second of a batching window is looked into: SQS waits in whole seconds only. */
const WINDOW_TAIL_MS = 200

/** Adds to the first messages until the batch is full or the window, which the first message opened, is over. */
export async function gather(job: QueueJob, first: readonly QueueRecord[]): Promise<readonly QueueRecord[]> {
  const { context, mapping, queue, stopped } = job
  const closesAt = Date.now() + mapping.windowSeconds * 1000
  const gathered = [...first]
  for (let left = closesAt - Date.now(); left > 0 && job.active(); left = closesAt - Date.now()) {
    const matching = gathered.filter(job.passes)
    if (isFull(matching, mapping.batchSize)) break
    if (left < 1000) await pause(Math.min(left, WINDOW_TAIL_MS), stopped)
    const waitSeconds = Math.min(20, Math.floor(left / 1000))
    const more = receive(context, queue, mapping.batchSize - matching.length, waitSeconds, stopped)
    // A fault ends the gathering; what is in hand is sent, and the next receive tells of the fault.
    const received = await more.catch(() => undefined)
    if (!received) break
    gathered.push(...received)
  }
  return gathered
}

/** Sends the messages in as many batches as they need. Messages that the filters leave out are deleted. */
export async function deliver(job: QueueJob, records: readonly QueueRecord[], receivedAt: number): Promise<void> {
  const { context, mapping, queue } = job
  const { matching = [], others = [] } = Object.groupBy(records, (record) =>
    job.passes(record) ? 'matching' : 'others',
  )
  await remove(context, mapping, queue, others)
  for (const batch of toBatches(matching, mapping.batchSize)) {
    if (!job.active()) {
      await giveBack(context, queue, batch)
      continue
    }
    const result = await invoke(job, batch, receivedAt)
    // Process death here, after the function and before the deletion, delivers the batch once more.
    const { deleted, news } = settle(batch, result, mapping)
    if (news) context.log(mapping.logicalId, news)
    await remove(context, mapping, queue, deleted)
  }
}

/** Invokes; while the function is throttled, again and again until the messages become visible to others. */
async function invoke(job: QueueJob, batch: readonly QueueRecord[], receivedAt: number): Promise<InvokeResult> {
  const { context, mapping, queue, stopped } = job
  const visibleAgainAt = receivedAt + visibilitySeconds(queue) * 1000
  for (let setbacks = 0; ; setbacks += 1) {
    const result = await context.functions.invoke(mapping.functionName, { Records: batch })
    if (result.ok || result.reason !== 'throttled') return result
    await pause(backoff(setbacks, context.timing.backoff), stopped)
    if (!job.active() || Date.now() >= visibleAgainAt) return result
  }
}

/** Seconds for which a received message stays hidden: the template's, or SQS's default. */
function visibilitySeconds(queue: Queue): number {
  return Number(queue.attributes.VisibilityTimeout ?? 30)
}
