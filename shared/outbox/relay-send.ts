/** Sends messages for both relays, and sends again what SQS refused. */
import type { Clock, LaneSender } from '../lib/ports.ts'
import type { Item } from '../lib/write.ts'
import type { Envelope } from './envelope.ts'
import { type BatchEntry, sendByLane } from './send.ts'

/** A record of the outbox's stream. */
export interface StreamRecord {
  readonly sequenceNumber: string
  /** Whether the item is new, or the sweeper has released it. */
  readonly change: 'inserted' | 'released'
  /** The item after the change; `undefined` if it could not be read. */
  readonly item: Item | undefined
  /** About when the change was made, in ms since the epoch. */
  readonly at: number
  /** The record as it came, for the failure queue. */
  readonly raw: unknown
}

export type RelayEvent =
  /** The stream moves on past the insert of a job's item. Of a batch that is read again in part, no job is told twice. */
  | { readonly kind: 'accepted'; readonly envelope: Envelope }
  /** `start`: when it was to be in its lane, for its next attempt. ISO 8601 UTC. */
  | { readonly kind: 'forwarded'; readonly envelope: Envelope; readonly start: string }
  | { readonly kind: 'rejected'; readonly sequenceNumber: string; readonly reason: string }
  | { readonly kind: 'unsent'; readonly sequenceNumber: string; readonly reason: string }

export interface SendDeps {
  readonly sender: LaneSender
  readonly clock: Clock
  readonly observe: (event: RelayEvent) => void
}

/** One message and the record it is of. */
export interface RelayEntry extends BatchEntry {
  readonly record: StreamRecord
  /** When the job is to be in its lane, ISO 8601 UTC. */
  readonly start: string
}

/** Calls to SQS at the same time: a whole batch of the mapping (infra/lanes/relay.ts), so that calls that hang do not add up. */
const inFlight = 10
const tries = 3
const pace = { baseSeconds: 0.1, capSeconds: 1 }

/** Sends messages to their lanes in no order, a few times each; returns what could not be sent. */
export async function sendAll<E extends RelayEntry>(
  { sender, clock, observe }: SendDeps,
  entries: readonly E[],
): Promise<E[]> {
  const onSent = (sent: readonly E[]) => {
    for (const { envelope, start } of sent) observe({ kind: 'forwarded', envelope, start })
  }
  const refused = await sendByLane({ sender, clock }, entries, { tries, pace, width: inFlight, onSent })
  for (const { entry, reason } of refused)
    observe({ kind: 'unsent', sequenceNumber: entry.record.sequenceNumber, reason })
  return refused.map(({ entry }) => entry)
}
