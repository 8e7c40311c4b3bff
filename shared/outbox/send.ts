/** Sends jobs to their lanes: packed as SQS takes them together, what SQS refuses again, and a reason for what stays unsent. */
import type { Backoff } from '../define/backoff.ts'
import { errorLine } from '../define/errors.ts'
import type { Registry } from '../define/registry.ts'
import { pooled } from '../lib/pooled.ts'
import type { Clock, LaneSender, Outgoing } from '../lib/ports.ts'
import { retry } from '../lib/retry.ts'
import { utf8 } from '../lib/write.ts'
import type { Envelope } from './envelope.ts'
import { outgoing } from './message.ts'

/** A job and the message that carries it. */
export interface BatchEntry {
  readonly envelope: Envelope
  readonly message: Outgoing
}

/** An entry that SQS did not take, and why. */
export interface RefusedEntry<E> {
  readonly entry: E
  readonly reason: string
}

/** Options and steps of a send. */
export interface SendSteps<E> {
  /** Number of times that a message is sent which SQS refuses. @default 1 */
  readonly tries?: number
  /** The pause between two tries. @default - none */
  readonly pace?: Backoff
  /** Lanes, and chunks of a lane, that are sent at the same time. @default 1 */
  readonly width?: number
  /** Before a chunk is sent: takes its jobs, and gives those that are to be sent. @default - all */
  readonly take?: (chunk: readonly E[]) => Promise<readonly E[]>
  /** After each try: the entries that SQS took. */
  readonly onSent?: (sent: readonly E[]) => Promise<void> | void
}

interface Sender {
  readonly sender: LaneSender
  readonly clock: Clock
}

/** The entry of a job, for its lane as the application has it now. @throws Error for a job that is `unsendable` */
export function entryOf({ lanes }: Registry, envelope: Envelope, now: Date, sendKey?: string): BatchEntry {
  const kind = lanes.get(envelope.lane)?.kind ?? 'standard'
  return { envelope, message: outgoing(envelope, kind, now, { sendKey }) }
}

/**
 * Sends jobs to their lanes. Does not throw when SQS fails: an unavailable lane must not hold up another.
 *
 * @returns what SQS refused to the end
 */
export async function sendByLane<E extends BatchEntry>(
  deps: Sender,
  entries: readonly E[],
  steps: SendSteps<E> = {},
): Promise<RefusedEntry<E>[]> {
  const { width = 1, take } = steps
  const lanes = [...Map.groupBy(entries, ({ envelope }) => envelope.lane)]
  const refused = await pooled(lanes, width, ([lane, ofLane]) =>
    pooled(chunks(ofLane), width, async (chunk) => sendChunk(deps, lane, take ? await take(chunk) : chunk, steps)),
  )
  return refused.flat(2)
}

/** Sends one chunk, and what of it is refused again; returns what was refused to the end. */
async function sendChunk<E extends BatchEntry>(
  { sender, clock }: Sender,
  lane: string,
  chunk: readonly E[],
  { tries = 1, pace, onSent }: SendSteps<E>,
): Promise<RefusedEntry<E>[]> {
  if (chunk.length === 0) return []
  let left = chunk
  const sendLeft = async () => {
    const reasons = await trySend(sender, lane, left)
    const refused = left.flatMap((entry, i) => (reasons[i] === undefined ? [] : [{ entry, reason: reasons[i] }]))
    await onSent?.(left.filter((_, i) => reasons[i] === undefined))
    left = refused.map(({ entry }) => entry)
    return refused
  }
  return retry(clock, { tries, pace }, sendLeft, (refused) => refused.length > 0)
}

const maxEntries = 10
const maxBytes = 1024 * 1024
/** SQS counts message attributes too; those of a redriven message have some 20 bytes. A trace context may add 72 to a body. */
const extraBytes = 128

/** Groups messages as SQS takes them together: 10 entries and 1 MiB at most. */
export function chunks<P extends Pick<BatchEntry, 'message'>>(entries: readonly P[]): P[][] {
  const result: P[][] = []
  let bytes = 0
  for (const entry of entries) {
    const size = utf8(entry.message.body) + extraBytes
    const current = result.at(-1)
    if (current && current.length < maxEntries && bytes + size <= maxBytes) {
      current.push(entry)
      bytes += size
    } else {
      result.push([entry])
      bytes = size
    }
  }
  return result
}

/**
 * Sends one chunk. Never throws: an unavailable lane must not hold up another.
 *
 * @returns why each message was not taken; `undefined` for those that were. An HTTP 200 may still contain refused entries
 */
export async function trySend(
  sender: LaneSender,
  lane: string,
  chunk: readonly Pick<BatchEntry, 'message'>[],
): Promise<(string | undefined)[]> {
  try {
    const results = await sender.send(
      lane,
      chunk.map(({ message }) => message),
    )
    return chunk.map((_, i) => {
      const result = results[i]
      return result?.kind === 'sent' ? undefined : (result?.reason ?? 'SQS gave no result for the message')
    })
  } catch (error) {
    return chunk.map(() => errorLine(error))
  }
}
