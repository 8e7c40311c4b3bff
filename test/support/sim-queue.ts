/** An SQS queue in memory: visibility, receive counts, retention, redrive policy; on FIFO groups in order and deduplication. */
import type { Clock } from '../../shared/lib/ports.ts'
import { type Shelf, shelfInGroups, shelfInNoOrder } from './sim-shelf.ts'

/** What is sent. `deaths` is a message attribute; it stays when SQS moves a message. */
export interface SimEntry {
  readonly body: string
  readonly groupId?: string
  readonly dedupId?: string
  readonly delaySeconds?: number
  readonly deaths?: number
}

export interface SimMessage extends SimEntry {
  readonly id: string
  /** Whether SQS itself moved it here: it names the queue it came from then. */
  readonly isMoved: boolean
  /** ms since the epoch. On a standard queue a message that SQS moves to the dead-letter queue keeps it. */
  readonly sentAt: number
  /** Of the latest receive. */
  receipt: string
  receiveCount: number
  /** Hidden until then, in ms since the epoch. */
  visibleAt: number
}

export interface SimQueue {
  /** All that is in the queue, hidden or not, oldest first. */
  readonly messages: readonly SimMessage[]
  /** How many messages are in the queue, hidden or not. */
  readonly size: number
  /** Whether a receive would get something now. */
  readonly isReady: boolean
  /** When a receive will get something, in ms since the epoch; `undefined` while nothing is there. */
  readonly readyAt: number | undefined
  /**
   * @param moved given by SQS itself when it moves a message here; its retention counts from `sentAt`
   * @returns whether there is a new message; a FIFO queue drops a repetition
   */
  send(entry: SimEntry, moved?: { readonly sentAt: number }): boolean
  /** @param hideFor visibility timeout, in seconds */
  receive(max: number, hideFor: number): SimMessage[]
  /** Throws for a message that is gone, and on FIFO for a receipt that is not the latest. */
  hide(receipt: string, seconds: number): void
  remove(receipt: string): void
  /** Takes a message out, for another queue. */
  take(id: string): SimMessage | undefined
  /** Drops what is older than the retention, and returns it. */
  expire(retentionSeconds: number): readonly SimMessage[]
}

export interface SimQueueSettings {
  readonly clock: Pick<Clock, 'now' | 'random'>
  readonly fifo?: boolean
  /** Receives after which SQS moves a message to `deadLetters`. */
  readonly maxReceiveCount?: number
  readonly deadLetters?: SimQueue
  /** Told of each message that SQS moves there. */
  readonly moved?: (message: SimMessage) => void
}

const dedupMemory = 300_000

export function simQueue(settings: SimQueueSettings): SimQueue {
  const { clock, fifo = false, maxReceiveCount = Number.POSITIVE_INFINITY, deadLetters, moved } = settings
  const now = () => clock.now().getTime()
  const shelf: Shelf<SimMessage> = fifo ? shelfInGroups(now) : shelfInNoOrder(now, clock.random)
  const messages = new Map<string, SimMessage>()
  const lastSent = new Map<string, number>()
  let lastId = 0

  const drop = (message: SimMessage) => {
    messages.delete(message.id)
    shelf.drop(message)
  }
  const isRepetition = (dedupId: string) => {
    const repeated = now() - (lastSent.get(dedupId) ?? Number.NEGATIVE_INFINITY) < dedupMemory
    if (!repeated) lastSent.set(dedupId, now())
    return repeated
  }
  const find = (receipt: string) => messages.get(receipt.slice(0, receipt.lastIndexOf('/')))
  const isStale = (message: SimMessage, receipt: string) =>
    fifo && (message.receipt !== receipt || message.visibleAt <= now())
  const hideUntil = (message: SimMessage, at: number) => {
    message.visibleAt = at
    shelf.moved(message)
  }
  const moveToDeadLetters = (message: SimMessage) => {
    drop(message)
    moved?.(message)
    // On a standard queue the dead-letter queue counts its retention from the first send.
    deadLetters?.send(
      { ...message, delaySeconds: 0, dedupId: `${message.id}-moved` },
      { sentAt: fifo ? now() : message.sentAt },
    )
  }

  return {
    get messages() {
      return [...messages.values()]
    },
    get size() {
      return messages.size
    },
    get isReady() {
      return (shelf.readyAt() ?? Number.POSITIVE_INFINITY) <= now()
    },
    get readyAt() {
      return shelf.readyAt()
    },
    send(entry, moved) {
      if (fifo && !(entry.groupId && entry.dedupId)) throw new Error('MissingParameter')
      if (fifo && isRepetition(entry.dedupId ?? '')) return false
      const { body, groupId, dedupId, delaySeconds = 0, deaths } = entry
      const message = {
        body,
        groupId,
        dedupId,
        deaths,
        id: `m${++lastId}`,
        isMoved: moved !== undefined,
        sentAt: moved?.sentAt ?? now(),
        receipt: '',
        receiveCount: 0,
        visibleAt: now() + delaySeconds * 1000,
      }
      messages.set(message.id, message)
      shelf.put(message)
      return true
    },
    receive(max, hideFor) {
      const taken: SimMessage[] = []
      for (const message of shelf.ready()) {
        message.receiveCount++
        if (deadLetters && message.receiveCount > maxReceiveCount) {
          moveToDeadLetters(message)
          continue
        }
        message.receipt = `${message.id}/${message.receiveCount}`
        hideUntil(message, now() + hideFor * 1000)
        taken.push({ ...message })
        if (taken.length === max) break
      }
      return taken
    },
    hide(receipt, seconds) {
      const message = find(receipt)
      if (!message || isStale(message, receipt)) throw new Error('the receipt is no longer valid')
      hideUntil(message, now() + seconds * 1000)
    },
    remove(receipt) {
      const message = find(receipt)
      if (message && !isStale(message, receipt)) drop(message)
    },
    take(id) {
      const message = messages.get(id)
      if (message) drop(message)
      return message
    },
    expire(retentionSeconds) {
      const old = [...messages.values()].filter(({ sentAt }) => sentAt + retentionSeconds * 1000 < now())
      for (const message of old) drop(message)
      return old
    },
  }
}
