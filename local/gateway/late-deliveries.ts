import type { Forward } from './engine.ts'

export interface Message {
  readonly MessageId: string
  readonly ReceiptHandle: string
  readonly Body: string
  readonly Attributes?: Readonly<Record<string, string>>
  readonly MessageAttributes?: Readonly<Record<string, unknown>>
}

/** How a fault rule bends the order of deliveries. */
export type Disorder = 'DeliverTwice' | 'Reorder'

interface Receive {
  readonly QueueUrl?: unknown
  readonly MaxNumberOfMessages?: unknown
}

/**
 * Standard queues deliver at least once and in any order; the engine does so only here, when a fault rule asks for it.
 * Messages set aside come with the next receive of their queue, behind newer ones. Their receipt handles stay valid; if no
 * receive comes, or the process dies, a reordered message returns to the queue after its visibility timeout, as on AWS.
 */
export function createLateDeliveries(sqs: Forward) {
  const late = new Map<string, Message[]>()

  return {
    /** The messages of a receive, `undefined` if there is nothing special about it and the engine may answer itself. */
    async receive(request: Receive, disorder: Disorder | undefined): Promise<readonly Message[] | undefined> {
      const queue = String(request.QueueUrl).replace(/^.*\//, '')
      const waiting = late.get(queue) ?? []
      if ((waiting.length === 0 && !disorder) || queue.endsWith('.fifo')) return undefined
      const wanted = Number(request.MaxNumberOfMessages ?? 1)
      const due = waiting.splice(0, wanted)
      const room = wanted - due.length
      const fresh = room === 0 ? [] : await fetchFresh(sqs, request, room, due.length > 0)
      if (disorder === 'DeliverTwice') late.set(queue, [...waiting, ...fresh.map(again)])
      else if (disorder === 'Reorder') late.set(queue, [...waiting, ...fresh.slice(0, 1)])
      else late.set(queue, waiting)
      return disorder === 'Reorder' ? [...fresh.slice(1).reverse(), ...due] : [...fresh, ...due]
    },
  }
}

/** A late message does not wait for others to come. */
async function fetchFresh(sqs: Forward, request: Receive, room: number, hurry: boolean): Promise<Message[]> {
  const input = { ...request, MaxNumberOfMessages: room, ...(hurry ? { WaitTimeSeconds: 0 } : {}) }
  const { body } = await sqs('ReceiveMessage', JSON.stringify(input))
  return (JSON.parse(body) as { Messages?: Message[] }).Messages ?? []
}

/** A second delivery counts as a receive of its own. */
function again(message: Message): Message {
  const count = message.Attributes?.ApproximateReceiveCount
  if (count === undefined) return message
  return { ...message, Attributes: { ...message.Attributes, ApproximateReceiveCount: String(Number(count) + 1) } }
}
