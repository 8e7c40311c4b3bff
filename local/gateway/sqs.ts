import type { StackModel } from '../model.ts'
import type { Engine, Metrics, Usage } from '../types.ts'
import { type Answer, jsonAnswer } from './answer.ts'
import type { Call } from './call.ts'
import { deadLetterSources } from './dead-letter-queues.ts'
import { openDirectSends } from './direct-sends.ts'
import { connectEngine } from './engine.ts'
import { receiveWithin } from './in-flight.ts'
import { createLateDeliveries, type Disorder, type Message } from './late-deliveries.ts'
import { createMoveTasks, type SourceOf } from './move-tasks.ts'
import { sendInPart } from './partial-sends.ts'
import { putQueueMetrics } from './queue-metrics.ts'
import { requestUnitsOf } from './request-units.ts'

interface Settings {
  readonly model: StackModel
  readonly engine: Engine
  readonly usage: Usage
  readonly metrics: Metrics
  readonly dataDir: string
  /** The gateway's own URL, which queue URLs point to. */
  readonly url: () => string
}

export interface Circumstances {
  readonly disorder: Disorder | undefined
  /** Whether a batch of messages is taken in part. */
  readonly inPart: boolean
  /** Messages in flight, beyond which a receive gets none. */
  readonly quota: number | undefined
  /** Whether the caller hung up in the meantime. */
  readonly gone: () => boolean
}

/** SQS: the engine's, with what it lacks or gets wrong added here. */
export async function createSqs({ model, engine, usage, metrics, dataDir, url }: Settings) {
  const forward = connectEngine(engine, 'sqs', model.region)
  const directSends = await openDirectSends(dataDir)
  const sources = new Map(model.queues.map(({ name, arn }) => [name, deadLetterSources(model, arn)[0]]))
  const sourceOf: SourceOf = (queue, messageId) => (directSends.has(messageId) ? undefined : sources.get(queue))
  const moveTasks = createMoveTasks({ model, sqs: forward, sourceOf })
  const lateDeliveries = createLateDeliveries(forward)

  const receive = async (call: Call, { disorder, quota, gone }: Circumstances): Promise<Answer> => {
    if (quota !== undefined) return withSources(call.input, await receiveWithin(quota, forward, call, gone))
    const late = await lateDeliveries.receive(call.input, disorder)
    if (late) return withSources(call.input, jsonAnswer(late.length > 0 ? { Messages: late } : {}))
    const answer = await forward(call.operation, call.text)
    if (gone()) await giveBack(call, answer.body)
    return withSources(call.input, answer)
  }

  /** Names the queue from which SQS itself moved a message, to whom asks for it. */
  const withSources = (
    { QueueUrl, MessageSystemAttributeNames: asked = [] }: Call['input'],
    answer: Answer,
  ): Answer => {
    const queue = nameOf(QueueUrl)
    const isAsked = (asked as readonly string[]).some((name) => name === 'All' || name === 'DeadLetterQueueSourceArn')
    if (!sources.get(queue) || !isAsked || answer === 'reset') return answer
    const { Messages = [] } = JSON.parse(answer.body) as { Messages?: Message[] }
    const named = Messages.map((message) => {
      const source = sourceOf(queue, message.MessageId)
      if (!source) return message
      return { ...message, Attributes: { ...message.Attributes, DeadLetterQueueSourceArn: source.arn } }
    })
    return { ...answer, body: JSON.stringify(named.length > 0 ? { Messages: named } : {}) }
  }

  /** Nobody waits for these any more: without this they would stay invisible for their whole timeout. */
  const giveBack = async ({ input }: Call, body: string): Promise<void> => {
    const { Messages = [] } = JSON.parse(body) as { Messages?: Message[] }
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle, VisibilityTimeout: 0 }))
    if (Entries.length === 0) return
    await forward('ChangeMessageVisibilityBatch', JSON.stringify({ QueueUrl: input.QueueUrl, Entries }))
  }

  const send = async (call: Call, { inPart }: Circumstances): Promise<Answer> => {
    const answer = inPart ? await sendInPart(forward, call) : await forward(call.operation, call.text)
    if (answer !== 'reset' && sources.get(nameOf(call.input.QueueUrl))) {
      await directSends.add(sentIds(JSON.parse(answer.body)))
    }
    return answer
  }

  /** The engine lets messages that became visible or due be only when somebody receives: a receive of none makes it look. */
  const attributes = async (call: Call): Promise<Answer> => {
    const none = { QueueUrl: call.input.QueueUrl, MaxNumberOfMessages: 'none', WaitTimeSeconds: 0 }
    await forward('ReceiveMessage', JSON.stringify(none))
    return forward(call.operation, call.text)
  }

  const withOwnUrls = async (call: Call): Promise<Answer> => {
    const answer = await forward(call.operation, call.text)
    return { ...answer, body: answer.body.replace(/https?:\/\/[^/"]+(\/\d{12}\/[\w.-]+)/g, `${url()}$1`) }
  }

  const sourcesOf = ({ input }: Call): Answer => {
    const queue = model.queues.find(({ name }) => name === nameOf(input.QueueUrl))
    return jsonAnswer({ queueUrls: queue ? deadLetterSources(model, queue.arn).map((source) => source.url) : [] })
  }

  const operations: Readonly<Record<string, (call: Call, how: Circumstances) => Answer | Promise<Answer>>> = {
    ReceiveMessage: receive,
    SendMessage: send,
    SendMessageBatch: send,
    GetQueueAttributes: attributes,
    GetQueueUrl: withOwnUrls,
    ListQueues: withOwnUrls,
    CreateQueue: withOwnUrls,
    ListDeadLetterSourceQueues: sourcesOf,
  }

  const perform = async (call: Call, how: Circumstances): Promise<Answer> => {
    const task = moveTasks.operations[call.operation]
    const operation = operations[call.operation] ?? (() => forward(call.operation, call.text))
    const answer = task ? await task(call.input) : await operation(call, how)
    putQueueMetrics(call, answer, metrics)
    if (call.caller.kind !== 'operator') {
      const requestUnits = requestUnitsOf(call, answer === 'reset' ? '' : answer.body)
      usage.call(call.caller.functionName, `sqs.${call.operation}`, { requestUnits })
    }
    return answer
  }

  return {
    perform,
    async stop() {
      await moveTasks.stop()
      forward.close()
    },
  }
}

function nameOf(queueUrl: unknown): string {
  return String(queueUrl).replace(/^.*\//, '')
}

function sentIds(answer: { MessageId?: string; Successful?: { MessageId: string }[] }): string[] {
  return [
    ...(answer.MessageId ? [answer.MessageId] : []),
    ...(answer.Successful ?? []).map(({ MessageId }) => MessageId),
  ]
}
