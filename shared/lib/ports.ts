/**
 * Ports: everything that the core needs from the outside. functions/aws/ does it on AWS; a test or a simulation does it
 * in memory.
 */
import type { Envelope } from '../outbox/envelope.ts'
import type { Item, TableRole, TransactWrite, Write } from './write.ts'

export type WriteResult =
  | { readonly kind: 'written'; readonly item: Item }
  /** The condition failed; `met` is the item as it was found. */
  | { readonly kind: 'refused'; readonly met: Item | undefined }

export type TransactionResult =
  | { readonly kind: 'written' }
  /**
   * A condition failed. One entry per write: the item it met (`{}` if there was none), or `undefined` where the write was
   * fine. `mayBeWritten`: the answer of an earlier try was lost, which may still be written.
   */
  | { readonly kind: 'refused'; readonly met: readonly (Item | undefined)[]; readonly mayBeWritten?: boolean }
  /**
   * The same again may succeed. Another transaction, or throttling, was in the way: nothing was written. Or an answer was lost
   * (`mayBeWritten`): then it may have been.
   */
  | { readonly kind: 'busy'; readonly reason: string; readonly mayBeWritten?: boolean }

/** The three tables. Faults of the service are thrown; what it will never take is a ChangeRefusedError. */
export interface Store {
  /** One conditional write, and the item after it; `{}` after a deletion or a quiet update. */
  write(write: Write): Promise<WriteResult>
  /** All writes or none. The same token within ten minutes is the same transaction: it is not written twice. */
  transact(writes: readonly TransactWrite[], token: string): Promise<TransactionResult>
  get(table: TableRole, key: Item): Promise<Item | undefined>
}

/** A message of a lane's queue, as a consumer gets it. */
export interface LaneMessage {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly receiveCount: number
  readonly group?: string
  /** Number of deaths of its job when the message became a dead letter; 0 if it never was one. */
  readonly deaths: number
}

/** A message to send to a lane. */
export interface Outgoing {
  readonly body: string
  readonly delaySeconds?: number
  /** On an ordered lane: what must stay in order. On a standard lane: whose backlog it is. */
  readonly groupId?: string
  /** On an ordered lane: a second message with the same key within five minutes is dropped. */
  readonly dedupId?: string
  /** Carried by dead letters and what is redriven from them. */
  readonly deaths?: number
}

/** Sends to lanes. */
export interface LaneSender {
  /** Sends up to 10 messages of at most 1 MiB together; one result per message, in order. Throws if none was sent. */
  send(lane: string, messages: readonly Outgoing[]): Promise<readonly SendResult[]>
}

export type SendResult = { readonly kind: 'sent' } | { readonly kind: 'failed'; readonly reason: string }

/** Operations of a consumer on the messages of its own lane. */
export interface LaneConsumerQueue {
  /** Lets a message come back after some whole seconds (0 to 43,200), instead of at the end of its visibility timeout. */
  changeVisibility(message: LaneMessage, seconds: number): Promise<void>
  /** The same for all messages of a batch, in one call. Best effort. */
  extendVisibility(messages: readonly LaneMessage[], seconds: number): Promise<void>
  /** Puts a copy of a message into the lane's dead-letter queue. */
  sendToDeadLetterQueue(
    message: LaneMessage,
    deadLetter: { readonly reason: string; readonly deaths: number },
  ): Promise<void>
}

export interface Clock {
  now(): Date
  /** Resolves after some ms. */
  sleep(ms: number): Promise<void>
  /** 0 ≤ random < 1 */
  random(): number
}

/** An event of a job, for logs and metrics. */
export type JobEvent = {
  readonly job: Pick<Envelope, 'id' | 'type' | 'lane' | 'traceparent' | 'createdAt'>
  readonly attempt?: number
  /** Number of the job's tenant, from 1, where its failure counts for the circuit breaker of its lane. */
  readonly failing?: number | undefined
} /** `progress-dropped`: reported after the end of the attempt. */ & (
  | { readonly kind: 'started' | 'succeeded' | 'duplicate' | 'cancelled' | 'fenced' | 'progress-dropped' }
  /** `limited`: its rate limit lets it start later. */
  | { readonly kind: 'busy' | 'limited'; readonly seconds: number }
  /** `throttled`: the attempt does not count. */
  | { readonly kind: 'retrying' | 'throttled'; readonly error: string; readonly seconds: number }
  | { readonly kind: 'dead'; readonly error: string }
)
