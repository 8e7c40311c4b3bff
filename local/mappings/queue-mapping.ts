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

/** Throws if the queue or the filters are not as Lambda demands. */
export function createQueueMapping(context: MappingContext, mapping: QueueMapping): Runner {
  const queue = context.model.queues.find((candidate) => candidate.arn === mapping.queueArn)
  if (!queue) throw new Error(`its queue ${mapping.queueArn} is not in the template. Correct EventSourceArn.`)
  const passes = compileFilters(mapping.filters, 'sqs')
  const stop = new AbortController()
  const stopped = stop.signal
  const cap = concurrencyOf(mapping)
  /** Pollers that stay when the queue is empty; AWS keeps five. Two would tear the batches of a window in two. */
  const idlePollers = mapping.windowSeconds > 0 ? 1 : 2
  const changed = createBell()
  const pollBackoff = createPollBackoff(context, mapping.logicalId)
  const pollers = new Set<Promise<void>>()
  let enabled = false
  /** Polls that are open. */
  let listening = 0

  const active = () => enabled && !stopped.aborted
  const job: QueueJob = { context, mapping, queue, passes, active, stopped }

  /** One more poller whenever none listens, so that below the cap a message never waits for a poller to come free. */
  function grow(): void {
    while (active() && pollers.size < cap && (pollers.size < idlePollers || listening === 0)) {
      const poller = poll().finally(() => pollers.delete(poller))
      pollers.add(poller)
    }
  }

  async function poll(): Promise<void> {
    while (!stopped.aborted) {
      if (!active()) {
        await changed.heard(stopped)
        continue
      }
      const { records, receivedAt } = await collect()
      if (records.length > 0) await handle(records, receivedAt)
      else if (pollers.size > idlePollers) return
    }
  }

  /** A long poll, and what the batching window adds to it; brings nothing after a fault. */
  async function collect(): Promise<{ readonly records: readonly QueueRecord[]; readonly receivedAt: number }> {
    listening += 1
    try {
      const first = await receive(context, job.queue, mapping.batchSize, LONG_POLL_SECONDS, stopped)
      const receivedAt = Date.now()
      pollBackoff.reset()
      return { records: first.length > 0 ? await gather(job, first) : [], receivedAt }
    } catch (error) {
      await pollBackoff.wait(`cannot receive from ${job.queue.name}: ${error}. Trying again until it works.`, stopped)
      return { records: [], receivedAt: 0 }
    } finally {
      listening -= 1
      changed.ring()
    }
  }

  async function handle(records: readonly QueueRecord[], receivedAt: number): Promise<void> {
    grow()
    // Given back now, they would be taken by another poll that was open when the mapping was disabled, and each receive
    // counts towards the dead-letter queue. So they stay here until all polls have ended, 20 s at most.
    while (!active() && !stopped.aborted && listening > 0) await changed.heard(stopped)
    if (active()) await deliver(job, records, receivedAt)
    else await giveBack(context, job.queue, records)
  }

  function disable(): void {
    enabled = false
    changed.ring()
  }

  return {
    async enable() {
      enabled = true
      changed.ring()
      grow()
    },
    disable,
    async stop() {
      disable()
      stop.abort()
      await atMost(context.timing.graceMs, Promise.all(pollers))
    },
  }
}
