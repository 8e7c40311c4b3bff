/** The relay: outbox items from the stream go to their lanes' queues. It writes nothing to a table. */
import { backoffSeconds } from './backoff.ts'
import { errorLine } from './errors.ts'
import type { Lane } from './lane.ts'
import { decodeItem, type Envelope } from './outbox-item.ts'
import type { Clock, LaneSender } from './ports.ts'
import { chunks, outgoing, type Parcel, trySend } from './send.ts'
import type { Item } from './write.ts'

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
  /** The stream moves on past a job's item. Of a batch that is read again in part, no job is told twice. */
  | { readonly kind: 'accepted'; readonly envelope: Envelope }
  | { readonly kind: 'forwarded'; readonly envelope: Envelope }
  | { readonly kind: 'rejected'; readonly sequenceNumber: string; readonly reason: string }
  | { readonly kind: 'unsent'; readonly sequenceNumber: string; readonly reason: string }

/** One message and the record it is of. */
interface RelayParcel extends Parcel {
  readonly record: StreamRecord
}

/** Calls to SQS at the same time: a whole batch of the mapping (infra/relay.ts), so that calls that hang do not add up. */
const inFlight = 10
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
  const parcels: RelayParcel[] = []
  const rejects: Promise<void>[] = []
  const jobs = new Map<StreamRecord, Envelope>()
  for (const record of records) {
    const sorted = sort(record, deps)
    if (sorted.kind === 'reject') {
      rejects.push(rejectOne(deps, record, sorted.reason, unsent))
      continue
    }
    const { envelope, message } = sorted
    jobs.set(record, envelope)
    if (message) parcels.push({ record, envelope, message })
  }
  const byLane = Map.groupBy(parcels, (parcel) => parcel.envelope.lane)
  const sends = [...byLane].map(([lane, list]) => sendLane(deps, lane, list))
  const failed = await Promise.all(sends)
  await Promise.all(rejects)
  unsent.push(...failed.flat().map((parcel) => parcel.record.sequenceNumber))
  for (const record of records) {
    // From here on, the stream comes again.
    if (unsent.includes(record.sequenceNumber)) break
    const envelope = jobs.get(record)
    if (envelope) deps.observe({ kind: 'accepted', envelope })
  }
  return unsent
}

type Sorted =
  /** Without a message it is the sweeper's. */
  { kind: 'job'; envelope: Envelope; message?: Parcel['message'] } | { kind: 'reject'; reason: string }

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
  if (record.item.due !== undefined) return { kind: 'job', envelope }
  try {
    return { kind: 'job', envelope, message: outgoing(envelope, kind, clock.now()) }
  } catch (error) {
    return { kind: 'reject', reason: `it cannot be made a message: ${errorLine(error)}` }
  }
}

async function rejectOne(deps: RelayDeps, record: StreamRecord, reason: string, unsent: string[]): Promise<void> {
  try {
    await deps.reject(record, reason)
    deps.observe({ kind: 'rejected', sequenceNumber: record.sequenceNumber, reason })
  } catch (error) {
    unsent.push(record.sequenceNumber)
    deps.observe({ kind: 'unsent', sequenceNumber: record.sequenceNumber, reason: errorLine(error) })
  }
}

/** Sends what goes to one lane; returns what could not be sent. */
async function sendLane(deps: RelayDeps, lane: string, parcels: readonly RelayParcel[]): Promise<RelayParcel[]> {
  if (deps.lanes.get(lane) === 'ordered') return sendInOrder(deps, lane, parcels)
  const failed = await pooled(chunks(parcels), inFlight, (chunk) => sendChunk(deps, lane, chunk))
  return failed.flat()
}

/**
 * In order per group: wave after wave with at most one message of each group, since SQS may take the third of a batch
 * and refuse the second. A group whose message was not taken sends nothing more.
 */
async function sendInOrder(deps: RelayDeps, lane: string, parcels: readonly RelayParcel[]): Promise<RelayParcel[]> {
  const groups = new Map([...Map.groupBy(parcels, (p) => p.envelope.group)].map(([group, list]) => [group, [...list]]))
  const failed: RelayParcel[] = []
  while (groups.size > 0) {
    const wave = [...groups.values()].map((list) => list[0] as RelayParcel)
    const refused = new Set((await pooled(chunks(wave), inFlight, (chunk) => sendChunk(deps, lane, chunk))).flat())
    for (const [group, list] of groups) {
      if (refused.has(list[0] as RelayParcel)) failed.push(...list.splice(0))
      else list.shift()
      if (list.length === 0) groups.delete(group)
    }
  }
  return failed
}

/** Sends one chunk, and again what of it was refused, a few times; returns what was refused to the end. */
async function sendChunk(
  { sender, clock, observe }: RelayDeps,
  lane: string,
  chunk: readonly RelayParcel[],
): Promise<RelayParcel[]> {
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
