/** Messages for lanes: made of envelopes, packed as SQS takes them together, and sent with a word on each that was not taken. */
import { errorLine } from '../define/errors.ts'
import { type Lane, laneGone } from '../define/lane.ts'
import type { Registry } from '../define/registry.ts'
import type { LaneSender, Outgoing } from '../lib/ports.ts'
import { utf8 } from '../lib/write.ts'
import { type Envelope, longestDelay } from './envelope.ts'

/** A job and the message that carries it. */
export interface BatchEntry {
  readonly envelope: Envelope
  readonly message: Outgoing
}

/** A job that could not be sent, and why. */
export interface Unsent {
  readonly kind: 'unsent'
  readonly envelope: Envelope
  readonly reason: string
}

const maxEntries = 10
const maxBytes = 1024 * 1024
/** SQS counts message attributes too; those of a redriven message have some 20 bytes. */
const attributeBytes = 64

/** Why a job can be no message of a lane of some kind. One entry without a message group makes SQS refuse the whole batch. */
export function unsendable({ lane, group }: Pick<Envelope, 'lane' | 'group'>, kind: Lane['kind']): string | undefined {
  if (kind === 'standard' || group !== undefined) return undefined
  return `lane "${lane}" is ordered, and the job has no group: make the lane standard again and deploy, or cancel the job and send it again with a group`
}

/** Why a job cannot be sent to its lane as the lane is now; `undefined` if it can. Whatever sends to a lane asks here first. */
export function sendProblem(
  { lanes }: Pick<Registry, 'lanes'>,
  envelope: Pick<Envelope, 'lane' | 'group'>,
): string | undefined {
  const kind = lanes.get(envelope.lane)?.kind
  return kind ? unsendable(envelope, kind) : laneGone(envelope.lane)
}

/** Why a job cannot run on its lane, although it can be sent there; `undefined` if it can, or its type is unknown. */
export function runProblem({ lanes, jobs }: Registry, { lane, type }: Envelope): string | undefined {
  const [limit, timeout] = [jobs.get(type)?.timeLimitSeconds ?? 0, lanes.get(lane)?.timeoutSeconds ?? 0]
  return limit > timeout - 2
    ? `the time limit of "${type}", ${limit} s, does not fit into the lane "${lane}", which ends after ${timeout} s: raise the lane's timeoutSeconds or lower the limit, and deploy`
    : undefined
}

/**
 * The message of a job. `sendKey` tells a deliberate second sending from a repetition, which an ordered lane drops.
 *
 * @throws Error for a job that is `unsendable`
 */
export function outgoing(envelope: Envelope, kind: Lane['kind'], now: Date, sendKey = ''): Outgoing {
  const problem = unsendable(envelope, kind)
  if (problem) throw new Error(problem)
  const body = encodeMessage(envelope)
  if (kind === 'ordered') return { body, groupId: envelope.group, dedupId: `${envelope.id}${sendKey}` }
  const wait = envelope.runAt === undefined ? 0 : Math.ceil((new Date(envelope.runAt).getTime() - now.getTime()) / 1000)
  return { body, groupId: envelope.tenant, delaySeconds: Math.min(Math.max(wait, 0), longestDelay) }
}

/** The body of a message. SQS refuses the two characters that XML does not know; JSON can write them otherwise. */
export function encodeMessage(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
}

/** Groups messages as SQS takes them together: 10 entries and 1 MiB at most. */
export function chunks<P extends Pick<BatchEntry, 'message'>>(entries: readonly P[]): P[][] {
  const result: P[][] = []
  let bytes = 0
  for (const entry of entries) {
    const size = utf8(entry.message.body) + attributeBytes
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

/** Runs work over a list, some at the same time, in the order of the list. */
export async function pooled<T, R>(list: readonly T[], width: number, work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(list.length)
  let next = 0
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i] as T)
  }
  await Promise.all(Array.from({ length: Math.min(width, list.length) }, worker))
  return results
}
