/** The relay: outbox items from the stream go to their lanes' queues. It writes nothing to a table. */
import { backoffSeconds } from './backoff.ts'
import type { Lane } from './lane.ts'
import { decodeItem, type Envelope, longestDelay } from './outbox-item.ts'
import type { Clock, LaneSender, Outgoing } from './ports.ts'
import { type Item, utf8 } from './write.ts'

/** A record of the outbox's stream. */
export interface StreamRecord {
  readonly sequenceNumber: string
  /** The item that was inserted; `undefined` if it could not be read. */
  readonly item: Item | undefined
  /** The record as it came, for the failure queue. */
  readonly raw: unknown
}

export interface RelayDeps {
  readonly sender: LaneSender
  /** Puts a record that cannot be relayed where a person finds it, with its body and the reason. */
  readonly reject: (record: StreamRecord, reason: string) => Promise<void>
  /** The lanes this relay sends to. */
  readonly lanes: ReadonlyMap<string, Lane['kind']>
  readonly clock: Clock
  readonly observe: (event: RelayEvent) => void
}

export type RelayEvent =
  | { readonly kind: 'forwarded'; readonly envelope: Envelope }
  | { readonly kind: 'rejected'; readonly sequenceNumber: string; readonly reason: string }
  | { readonly kind: 'unsent'; readonly sequenceNumber: string; readonly reason: string }

/** One message and the record it is of. */
interface Parcel {
  readonly record: StreamRecord
  readonly envelope: Envelope
  readonly message: Outgoing
}

const maxEntries = 10
const maxBytes = 1024 * 1024
/** SQS counts message attributes too; those of a redriven message have some 20 bytes. */
const attributeBytes = 64
const inFlight = 8
const tries = 3
const pace = { baseSeconds: 0.1, capSeconds: 1 }

/**
 * Relays a batch of stream records.
 *
 * @returns the sequence numbers that could not be sent, to be reported; Lambda comes back with all from the lowest on.
 *   What was already sent is then sent twice, which the effect guard makes harmless.
 */
export async function relay(deps: RelayDeps, records: readonly StreamRecord[]): Promise<string[]> {
  const unsent: string[] = []
  const parcels: Parcel[] = []
  const rejects: Promise<void>[] = []
  for (const record of records) {
    const sorted = sort(record, deps)
    if (sorted.kind === 'parcel') parcels.push(sorted.parcel)
    if (sorted.kind === 'reject') rejects.push(rejectOne(deps, record, sorted.reason, unsent))
  }
  const byLane = Map.groupBy(parcels, (parcel) => parcel.envelope.lane)
  const sends = [...byLane].map(([lane, list]) => sendLane(deps, lane, list))
  const failed = await Promise.all(sends)
  await Promise.all(rejects)
  return [...unsent, ...failed.flat().map((parcel) => parcel.record.sequenceNumber)]
}

type Sorted = { kind: 'parcel'; parcel: Parcel } | { kind: 'reject'; reason: string } | { kind: 'leave' }

function sort(record: StreamRecord, { lanes, clock }: RelayDeps): Sorted {
  if (!record.item) return { kind: 'reject', reason: 'the stream record has no readable image' }
  const decoded = decodeItem(record.item)
  if (decoded.kind === 'malformed') return { kind: 'reject', reason: decoded.reason }
  const { envelope } = decoded
  const kind = lanes.get(envelope.lane)
  if (kind === undefined)
    return { kind: 'reject', reason: `lane "${envelope.lane}" is none of ${[...lanes.keys()].join(', ')}` }
  if (kind === 'ordered' && envelope.group === undefined)
    return { kind: 'reject', reason: `lane "${envelope.lane}" is ordered and the job has no group` }
  // It waits for a time beyond SQS's reach: the sweeper sends it.
  if (record.item.due !== undefined) return { kind: 'leave' }
  return { kind: 'parcel', parcel: { record, envelope, message: outgoing(envelope, kind, clock.now()) } }
}

/** The message of a job. `sendKey` tells a deliberate second sending from a repetition, which an ordered lane drops. */
export function outgoing(envelope: Envelope, kind: Lane['kind'], now: Date, sendKey = ''): Outgoing {
  const body = encodeMessage(envelope)
  if (kind === 'ordered') return { body, groupId: envelope.group, dedupId: `${envelope.id.slice(-36)}${sendKey}` }
  const wait = envelope.runAt === undefined ? 0 : Math.ceil((new Date(envelope.runAt).getTime() - now.getTime()) / 1000)
  return { body, groupId: envelope.tenant, delaySeconds: Math.min(Math.max(wait, 0), longestDelay) }
}

/** The body of a message. SQS refuses the two characters that XML does not know; JSON can write them otherwise. */
export function encodeMessage(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
}

async function rejectOne(deps: RelayDeps, record: StreamRecord, reason: string, unsent: string[]): Promise<void> {
  try {
    await deps.reject(record, reason)
    deps.observe({ kind: 'rejected', sequenceNumber: record.sequenceNumber, reason })
  } catch (error) {
    unsent.push(record.sequenceNumber)
    deps.observe({ kind: 'unsent', sequenceNumber: record.sequenceNumber, reason: String(error) })
  }
}

/** Sends what goes to one lane; returns what could not be sent. */
async function sendLane(deps: RelayDeps, lane: string, parcels: readonly Parcel[]): Promise<Parcel[]> {
  if (deps.lanes.get(lane) === 'ordered') return sendInOrder(deps, lane, parcels)
  const failed = await pooled(chunks(parcels), inFlight, (chunk) => sendChunk(deps, lane, chunk))
  return failed.flat()
}

/**
 * In order per group: wave after wave with at most one message of each group, since SQS may take the third of a batch
 * and refuse the second. A group whose message was not taken sends nothing more.
 */
async function sendInOrder(deps: RelayDeps, lane: string, parcels: readonly Parcel[]): Promise<Parcel[]> {
  const groups = new Map([...Map.groupBy(parcels, (p) => p.envelope.group)].map(([group, list]) => [group, [...list]]))
  const failed: Parcel[] = []
  while (groups.size > 0) {
    const wave = [...groups.values()].map((list) => list[0] as Parcel)
    const refused = new Set((await pooled(chunks(wave), inFlight, (chunk) => sendChunk(deps, lane, chunk))).flat())
    for (const [group, list] of groups) {
      if (refused.has(list[0] as Parcel)) failed.push(...list.splice(0))
      else list.shift()
      if (list.length === 0) groups.delete(group)
    }
  }
  return failed
}

/** Groups messages as SQS takes them together: 10 entries and 1 MiB at most. */
export function chunks<P extends { readonly message: Outgoing }>(parcels: readonly P[]): P[][] {
  const result: P[][] = []
  let bytes = 0
  for (const parcel of parcels) {
    const size = utf8(parcel.message.body) + attributeBytes
    const current = result.at(-1)
    if (current && current.length < maxEntries && bytes + size <= maxBytes) {
      current.push(parcel)
      bytes += size
    } else {
      result.push([parcel])
      bytes = size
    }
  }
  return result
}

/** Sends one chunk, and again what of it was refused, a few times; returns what was refused to the end. */
async function sendChunk(
  { sender, clock, observe }: RelayDeps,
  lane: string,
  chunk: readonly Parcel[],
): Promise<Parcel[]> {
  let left = [...chunk]
  for (let attempt = 1; ; attempt++) {
    const reasons = await trySend(sender, lane, left)
    for (const [i, { envelope }] of left.entries())
      if (reasons[i] === undefined) observe({ kind: 'forwarded', envelope })
    const refused = left.flatMap((parcel, i) => (reasons[i] === undefined ? [] : [{ parcel, reason: reasons[i] }]))
    left = refused.map(({ parcel }) => parcel)
    if (left.length === 0) return []
    if (attempt === tries) {
      for (const { parcel, reason } of refused)
        observe({ kind: 'unsent', sequenceNumber: parcel.record.sequenceNumber, reason })
      return left
    }
    await clock.sleep(backoffSeconds(pace, attempt, clock.random()) * 1000)
  }
}

/** Why each message was not taken; `undefined` for those that were. An HTTP 200 may still contain refused entries. */
async function trySend(sender: LaneSender, lane: string, parcels: readonly Parcel[]): Promise<(string | undefined)[]> {
  try {
    const results = await sender.send(
      lane,
      parcels.map((parcel) => parcel.message),
    )
    return parcels.map((_, i) => {
      const result = results[i]
      return result?.kind === 'sent' ? undefined : (result?.reason ?? 'SQS gave no result for the message')
    })
  } catch (error) {
    return parcels.map(() => String(error))
  }
}

/** Runs work over a list, some at the same time. */
async function pooled<T, R>(list: readonly T[], width: number, work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(list.length)
  let next = 0
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i] as T)
  }
  await Promise.all(Array.from({ length: Math.min(width, list.length) }, worker))
  return results
}
