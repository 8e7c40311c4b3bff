/** An SQS mapping: pollers that receive, invoke and delete. A poller has one batch in hand, so pollers bound concurrency. */
import { maxSideBySide } from '../machine.ts'
import type { QueueMapping } from '../model.ts'
import type { MappingContext, Runner } from './context.ts'
import { compileFilters } from './filter.ts'
import { createPollBackoff } from './poll-backoff.ts'
import type { QueueJob } from './queue-batch.ts'
import { deliver, gather } from './queue-batch.ts'
import { giveBack, receive } from './queue-calls.ts'
import type { QueueRecord } from './queue-event.ts'
import { atMost, createBell } from './waiting.ts'

const LONG_POLL_SECONDS = 20

/** Invocations side by side. AWS grows to 1,250 or to MaximumConcurrency. */
export function concurrencyOf({ maximumConcurrency = Number.POSITIVE_INFINITY }: QueueMapping, cores?: number): number {
  return Math.min(maximumConcurrency, maxSideBySide(cores))
}

interface Polling {
  readonly job: QueueJob
  readonly cap: number
  readonly idlePollers: number
  readonly backoff: ReturnType<typeof createPollBackoff>
  readonly pollers: Set<Promise<void>>
  readonly stop: AbortController
  /** Rings when polls end, and when the mapping is enabled or disabled. */
  readonly changed: ReturnType<typeof createBell>
  enabled: boolean
  /** Polls that are open. */
  listening: number
}

/** Throws if the queue or the filters are not as Lambda demands. */
export function createQueueMapping(context: MappingContext, mapping: QueueMapping): Runner {
  const polling = pollingOf(context, mapping)
  const disable = () => {
    polling.enabled = false
    polling.changed.ring()
  }
  return {
    async enable() {
      polling.enabled = true
      polling.changed.ring()
      grow(polling)
    },
    disable,
    async stop() {
      disable()
      polling.stop.abort()
      await atMost(context.timing.graceMs, Promise.all(polling.pollers))
    },
  }
}

function pollingOf(context: MappingContext, mapping: QueueMapping): Polling {
  const queue = context.model.queues.find((candidate) => candidate.arn === mapping.queueArn)
  if (!queue) throw new Error(`its queue ${mapping.queueArn} is not in the template. Correct EventSourceArn.`)
  const passes = compileFilters(mapping.filters, 'sqs')
  const stop = new AbortController()
  const polling: Polling = {
    job: { context, mapping, queue, passes, active: () => isActive(polling), stopped: stop.signal },
    cap: concurrencyOf(mapping),
    // Pollers that stay when the queue is empty; AWS keeps five. Two would tear the batches of a window in two.
    idlePollers: mapping.windowSeconds > 0 ? 1 : 2,
    backoff: createPollBackoff(context, mapping.logicalId),
    pollers: new Set(),
    stop,
    changed: createBell(),
    enabled: false,
    listening: 0,
  }
  return polling
}

function isActive({ enabled, stop }: Polling): boolean {
  return enabled && !stop.signal.aborted
}

/** One more poller whenever none listens, so that below the cap a message never waits for a poller to come free. */
function grow(polling: Polling): void {
  const { pollers, cap, idlePollers } = polling
  while (isActive(polling) && pollers.size < cap && (pollers.size < idlePollers || polling.listening === 0)) {
    const poller = poll(polling).finally(() => pollers.delete(poller))
    pollers.add(poller)
  }
}

async function poll(polling: Polling): Promise<void> {
  const { job, pollers, idlePollers, changed } = polling
  while (!job.stopped.aborted) {
    if (!isActive(polling)) {
      await changed.heard(job.stopped)
      continue
    }
    const { records, receivedAt } = await collect(polling)
    if (records.length > 0) await handle(polling, records, receivedAt)
    else if (pollers.size > idlePollers) return
  }
}

interface Collected {
  readonly records: readonly QueueRecord[]
  readonly receivedAt: number
}

/** A long poll, and what the batching window adds to it; brings nothing after a fault. */
async function collect(polling: Polling): Promise<Collected> {
  const { job, backoff, changed } = polling
  const { context, mapping, queue, stopped } = job
  polling.listening += 1
  try {
    const first = await receive(context, queue, mapping.batchSize, LONG_POLL_SECONDS, stopped)
    const receivedAt = Date.now()
    backoff.reset()
    return { records: first.length > 0 ? await gather(job, first) : [], receivedAt }
  } catch (error) {
    await backoff.wait(`cannot receive from ${queue.name}: ${error}. Trying again until it works.`, stopped)
    return { records: [], receivedAt: 0 }
  } finally {
    polling.listening -= 1
    changed.ring()
  }
}

async function handle(polling: Polling, records: readonly QueueRecord[], receivedAt: number): Promise<void> {
  const { job, changed } = polling
  grow(polling)
  // Given back now, they would be taken by another poll that was open when the mapping was disabled, and each receive
  // counts towards the dead-letter queue. So they stay here until all polls have ended, 20 s at most.
  while (!isActive(polling) && !job.stopped.aborted && polling.listening > 0) await changed.heard(job.stopped)
  if (isActive(polling)) await deliver(job, records, receivedAt)
  else await giveBack(job.context, job.queue, records)
}
