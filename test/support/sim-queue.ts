/** An SQS queue in memory: visibility, receive counts, redrive policy; on FIFO groups in order and deduplication. */
import type { Clock } from '../../shared/ports.ts'

/** What is sent. `deaths` and `reason` are message attributes; they stay when SQS moves a message. */
export interface Parcel {
  readonly body: string
  readonly groupId?: string | undefined
  readonly dedupId?: string | undefined
  readonly delaySeconds?: number | undefined
  readonly deaths?: number | undefined
  readonly reason?: string | undefined
}

export interface SimMessage extends Parcel {
  readonly id: string
  /** Of the latest receive. */
  receipt: string
  receiveCount: number
  /** Hidden until then, in ms since the epoch. */
  visibleAt: number
}

export interface SimQueue {
  /** All that is in the queue, hidden or not, oldest first. */
  readonly messages: readonly SimMessage[]
  /** Whether a receive would get something now. */
  readonly isReady: boolean
  send(parcel: Parcel): void
  /** @param hideFor visibility timeout, in seconds */
  receive(max: number, hideFor: number): SimMessage[]
  /** Throws for a message that is gone, and on FIFO for a receipt that is not the latest. */
  hide(receipt: string, seconds: number): void
  remove(receipt: string): void
  /** Takes a message out, for another queue. */
  take(id: string): SimMessage | undefined
}

export interface SimQueueSettings {
  readonly clock: Pick<Clock, 'now' | 'random'>
  readonly fifo?: boolean
  /** Receives after which SQS moves a message to `deadLetters`. */
  readonly maxReceiveCount?: number
  readonly deadLetters?: SimQueue
}

const dedupMemory = 300_000
let lastId = 0

export function simQueue(settings: SimQueueSettings): SimQueue {
  const { clock, fifo = false, maxReceiveCount = Number.POSITIVE_INFINITY, deadLetters } = settings
  let messages: SimMessage[] = []
  const sentAt = new Map<string, number>()
  const now = () => clock.now().getTime()
  const find = (receipt: string) => messages.find(({ id }) => receipt.startsWith(`${id}/`))
  const drop = (message: SimMessage) => {
    messages = messages.filter((m) => m !== message)
  }
  const isRepetition = (dedupId: string) => {
    const repeated = now() - (sentAt.get(dedupId) ?? Number.NEGATIVE_INFINITY) < dedupMemory
    if (!repeated) sentAt.set(dedupId, now())
    return repeated
  }
  const isStale = (message: SimMessage, receipt: string) =>
    fifo && (message.receipt !== receipt || message.visibleAt <= now())

  return {
    get messages() {
      return messages
    },
    get isReady() {
      return (fifo ? receivable(messages, now()) : visible(messages, now())).length > 0
    },
    send(parcel) {
      if (fifo && (parcel.groupId === undefined || parcel.dedupId === undefined)) throw new Error('MissingParameter')
      if (fifo && isRepetition(parcel.dedupId ?? '')) return
      const visibleAt = now() + (parcel.delaySeconds ?? 0) * 1000
      messages.push({ ...parcel, id: `m${++lastId}`, receipt: '', receiveCount: 0, visibleAt })
    },
    receive(max, hideFor) {
      const taken: SimMessage[] = []
      for (const message of fifo ? receivable(messages, now()) : mixed(visible(messages, now()), clock.random)) {
        if (taken.length === max) break
        message.receiveCount++
        if (deadLetters && message.receiveCount > maxReceiveCount) {
          drop(message)
          deadLetters.send({ ...message, dedupId: `${message.id}-moved` })
          continue
        }
        message.receipt = `${message.id}/${message.receiveCount}`
        message.visibleAt = now() + hideFor * 1000
        taken.push({ ...message })
      }
      return taken
    },
    hide(receipt, seconds) {
      const message = find(receipt)
      if (!message || isStale(message, receipt)) throw new Error('the receipt is no longer valid')
      message.visibleAt = now() + seconds * 1000
    },
    remove(receipt) {
      const message = find(receipt)
      if (message && !isStale(message, receipt)) drop(message)
    },
    take(id) {
      const message = messages.find((m) => m.id === id)
      if (message) drop(message)
      return message
    },
  }
}

function visible(messages: readonly SimMessage[], now: number): SimMessage[] {
  return messages.filter((message) => message.visibleAt <= now)
}

/** FIFO: a message that is out with a consumer holds back all that come after it in its group. */
function receivable(messages: readonly SimMessage[], now: number): SimMessage[] {
  const closed = new Set<string | undefined>()
  return messages.filter((message) => {
    if (message.visibleAt > now) closed.add(message.groupId)
    return !closed.has(message.groupId)
  })
}

/** A standard queue promises no order. */
function mixed<T>(list: readonly T[], random: () => number): T[] {
  const rest = [...list]
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as T)
}
