import type { MetricStore } from '../metrics.ts'
import type { Queue, StackModel } from '../model.ts'
import type { Engine } from '../types.ts'

interface Counts {
  readonly name: string
  readonly approximateMessageCount: number
  readonly approximateInflightCount: number
  readonly approximateDelayedCount: number
}

interface Stored {
  readonly sentTimestamp: number
  readonly approximateReceiveCount: number
}

const AGE = 'ApproximateAgeOfOldestMessage'

/**
 * Puts the state of every queue into the metrics, as SQS does once a minute. It looks into the engine's own inspection
 * paths: one small request for all queues, and the messages themselves only of queues whose age an alarm watches.
 */
export function createQueueGauges({ model, sqs, metrics }: { model: StackModel; sqs: Engine; metrics: MetricStore }) {
  const watched = new Set(
    model.alarms.flatMap((alarm) =>
      alarm.metrics.filter(({ metricName }) => metricName === AGE).map(({ dimensions }) => dimensions.QueueName),
    ),
  )
  const inspect = async <T>(path: string) => (await (await fetch(`${sqs.endpoint}/_fauxqs/queues${path}`)).json()) as T

  const put = (queue: string, name: string, value: number) =>
    metrics.put({ namespace: 'AWS/SQS', name, dimensions: { QueueName: queue }, value })

  return async function sample(): Promise<void> {
    if (model.queues.length === 0) return
    const before = await inspect<Counts[]>('')
    const unsettled = before.filter((queue) => queue.approximateInflightCount + queue.approximateDelayedCount > 0)
    await Promise.all(unsettled.map(({ name }) => settle(sqs, model.queues, name)))
    for (const queue of unsettled.length > 0 ? await inspect<Counts[]>('') : before) {
      put(queue.name, 'ApproximateNumberOfMessagesVisible', queue.approximateMessageCount)
      put(queue.name, 'ApproximateNumberOfMessagesNotVisible', queue.approximateInflightCount)
      put(queue.name, 'ApproximateNumberOfMessagesDelayed', queue.approximateDelayedCount)
      if (!watched.has(queue.name)) continue
      const empty = queue.approximateMessageCount + queue.approximateInflightCount === 0
      put(queue.name, AGE, empty ? 0 : await oldestAge(queue.name))
    }
  }

  async function oldestAge(name: string): Promise<number> {
    const { messages } = await inspect<{ messages: { ready: Stored[]; inflight: { message: Stored }[] } }>(`/${name}`)
    const all = [...messages.ready, ...messages.inflight.map(({ message }) => message)]
    // SQS leaves messages that were received more than three times out: they are poison, not a backlog.
    const sent = all.filter((message) => message.approximateReceiveCount <= 3).map((message) => message.sentTimestamp)
    const oldest = sent.reduce((min, at) => Math.min(min, at), Date.now())
    return Math.floor((Date.now() - oldest) / 1000)
  }
}

/** A receive of no messages: the engine notices what became visible or due only when somebody receives. */
async function settle(sqs: Engine, queues: readonly Queue[], name: string): Promise<void> {
  const url = queues.find((queue) => queue.name === name)?.url ?? `${sqs.endpoint}/000000000000/${name}`
  await fetch(sqs.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
    body: JSON.stringify({ QueueUrl: url, MaxNumberOfMessages: 'none', WaitTimeSeconds: 0 }),
  })
}
