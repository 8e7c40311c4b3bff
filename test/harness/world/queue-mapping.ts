/** Between a lane's queue and its consumer: what Lambda's pollers do. */
import type { SQSRecord } from 'aws-lambda'
import { readBatchAnswer } from '../../../local/mappings/partial-failures.ts'
import type { Lane } from '../../../shared/define/lane.ts'
import type { SimMessage } from '../../support/sim-queue.ts'
import type { Faults } from './faults.ts'
import type { Losses } from './losses.ts'
import type { Ending } from './process.ts'
import type { SimLane } from './sqs.ts'
import type { Timeline } from './timeline.ts'

export interface QueueMapping {
  isEnabled: boolean
  /** Something may be ready in the queue. */
  wake(): void
  /** Takes messages now, and invokes the consumer with them. */
  poll(): void
}

/** Invokes the consumer with some messages; what it returns is its answer. */
export type Consume = (records: readonly SQSRecord[]) => Promise<Ending<unknown>>

export interface QueueMappingSettings extends Pick<Lane, 'batchSize' | 'maximumConcurrency' | 'timeoutSeconds'> {
  /** Whether it polls by itself, as in life. */
  readonly isAutomatic: boolean
}

export interface Around extends Pick<Losses, 'takesMessage'> {
  readonly timeline: Timeline
  readonly faults: Faults
  readonly consume: Consume
  /** Deletes what was consumed. */
  readonly deleteMessages: (perform: () => void) => void
}

export function queueMapping(
  { queue, name, isOrdered }: Omit<SimLane, 'deadLetters'>,
  { batchSize, maximumConcurrency, timeoutSeconds, isAutomatic }: QueueMappingSettings,
  { timeline, faults, takesMessage, consume, deleteMessages }: Around,
): QueueMapping {
  const source = `arn:aws:sqs:region:account:${name}${isOrdered ? '.fifo' : ''}`
  let running = 0
  let wakesAt = Number.POSITIVE_INFINITY

  const mapping: QueueMapping = { isEnabled: true, wake, poll }

  function wake(): void {
    const at = isAutomatic && mapping.isEnabled && running < maximumConcurrency ? queue.readyAt : undefined
    if (at === undefined || at >= wakesAt) return
    wakesAt = at
    timeline.after(at - timeline.now(), () => {
      if (wakesAt !== at) return
      wakesAt = Number.POSITIVE_INFINITY
      if (mapping.isEnabled && running < maximumConcurrency && queue.isReady) poll()
      wake()
    })
  }

  function isLost(message: SimMessage): boolean {
    const isLost = takesMessage(message)
    if (isLost) queue.take(message.id)
    return isLost
  }

  function poll(): void {
    const messages = queue.receive(batchSize, 6 * timeoutSeconds).filter((message) => !isLost(message))
    if (messages.length === 0) return
    if (!isOrdered) for (const { receipt } of messages) if (faults.happens('delivered twice')) queue.hide(receipt, 0)
    // Throttled: the messages come back when their visibility timeout is over.
    if (faults.happens('invocation throttled')) return
    running++
    consume(messages.map((message) => recordOf(message, source))).then((ending) => {
      running--
      const done = doneOf(messages, ending)
      if (done.length > 0)
        deleteMessages(() => {
          for (const { receipt } of done) if (!faults.happens('delete failed')) queue.remove(receipt)
        })
      wake()
    })
  }
  return mapping
}

function doneOf(messages: readonly SimMessage[], ending: Ending<unknown>): readonly SimMessage[] {
  if (ending.kind !== 'returned') return []
  const answer = readBatchAnswer(ending.value, new Set(messages.map(({ id }) => id)))
  if (answer.kind === 'all-failed') return []
  return answer.kind === 'all-succeeded' ? messages : messages.filter(({ id }) => !answer.identifiers.includes(id))
}

function recordOf(message: SimMessage, eventSourceARN: string): SQSRecord {
  const { id, receipt, body, receiveCount, groupId, deaths } = message
  return {
    messageId: id,
    receiptHandle: receipt,
    body,
    attributes: { ApproximateReceiveCount: String(receiveCount), MessageGroupId: groupId },
    messageAttributes: deaths === undefined ? {} : { deaths: { stringValue: String(deaths) } },
    eventSourceARN,
  } as unknown as SQSRecord
}
