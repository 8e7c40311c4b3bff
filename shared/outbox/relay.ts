/** The relay: outbox items from the stream go to their lanes' queues. It writes nothing to a table. */
import { errorLine } from '../define/errors.ts'
import type { Lane } from '../define/lane.ts'
import type { LaneSender } from '../lib/ports.ts'
import type { Envelope } from './envelope.ts'
import { outgoing } from './message.ts'
import { type OrderedDeps, sendInOrder } from './ordered-relay.ts'
import { decodeItem, placeProblem } from './outbox-item.ts'
import { type RelayEntry, type SendDeps, type StreamRecord, sendAll } from './relay-send.ts'
import { setTimers, sweepAhead, type Waiting } from './timer.ts'
import { startOf } from './turn.ts'

export interface RelayDeps extends SendDeps {
  /** Puts a record that cannot be relayed where a person finds it, with its body and the reason. */
  readonly reject: (record: StreamRecord, reason: string) => Promise<void>
  /** The lanes this relay sends to. */
  readonly lanes: ReadonlyMap<string, Lane['kind']>
  /** Dependencies of a relay of ordered lanes. @default - it has none */
  readonly ordered?: OrderedDeps
  /** Sends timers to their queue. @default - the sweep of the minute releases debounced jobs */
  readonly timers?: LaneSender
}

/**
 * For this time after its creation, in ms, an item of an unknown lane stays in the stream. A deploy that adds a lane updates
 * the functions one after the other, so this relay may be older than the code that wrote the item.
 */
export const deployTime = 300_000

/**
 * Relays a batch of stream records. It ends before an item that waits for a deploy: the stream comes again from there on, so
 * what is behind the item would be sent at each try.
 *
 * @returns the sequence numbers that could not be sent, to be reported; Lambda comes back with all from the lowest on.
 *   What was already sent is then sent twice, which the effect guard makes harmless.
 */
export async function relay(deps: RelayDeps, records: readonly StreamRecord[]): Promise<string[]> {
  const all = records.map((record) => ({ record, ...sort(record, deps) }))
  const early = all.findIndex(({ kind }) => kind === 'early')
  const sorted = early === -1 ? all : all.slice(0, early)
  const rejects = sorted.flatMap((one) => (one.kind === 'reject' ? rejectOne(deps, one.record, one.reason) : []))
  const entries = sorted.flatMap((one) => (one.kind === 'send' ? [one.entry] : []))
  const unsent = (await Promise.all([...rejects, sendEntries(deps, entries), timeWaiting(deps, sorted)])).flat()
  for (const one of sorted) {
    // From here on, the stream comes again.
    if (unsent.includes(one.record.sequenceNumber)) break
    if (one.kind !== 'reject' && one.kind !== 'early' && one.record.change === 'inserted')
      deps.observe({ kind: 'accepted', envelope: one.envelope })
  }
  return early === -1 ? unsent : [...unsent, ...keepEarly(deps, all[early]!)]
}

function keepEarly({ observe }: RelayDeps, { record: { sequenceNumber }, ...sorted }: Sorted & Of): string[] {
  if (sorted.kind === 'early') observe({ kind: 'unsent', sequenceNumber, reason: sorted.reason })
  return [sequenceNumber]
}

interface Of {
  readonly record: StreamRecord
}

type Sorted =
  | { readonly kind: 'send'; readonly envelope: Envelope; readonly entry: RelayEntry }
  /** It waits for its time, and comes again when the sweeper releases it. */
  | { readonly kind: 'waits'; readonly envelope: Envelope; readonly dueAt: string }
  | { readonly kind: 'reject'; readonly reason: string }
  /** Its lane is unknown, and a deploy may be about to add it. */
  | { readonly kind: 'early'; readonly reason: string }

function sort(record: StreamRecord, { lanes, clock }: RelayDeps): Sorted {
  if (!record.item) return { kind: 'reject', reason: 'the stream record has no readable image' }
  const decoded = decodeItem(record.item)
  if (decoded.kind === 'malformed') return { kind: 'reject', reason: decoded.reason }
  const { envelope } = decoded
  const problem = placeProblem(record.item, envelope)
  if (problem !== undefined) return { kind: 'reject', reason: problem }
  const kind = lanes.get(envelope.lane)
  if (kind === undefined) {
    const reason = `unknown lane "${envelope.lane}" (known: ${[...lanes.keys()].join(', ')})`
    const isYoung = Math.abs(clock.now().getTime() - Date.parse(envelope.createdAt)) < deployTime
    return { kind: isYoung ? 'early' : 'reject', reason }
  }
  const dueAt = textOf(record.item.dueAt)
  const start = dueAt ?? startOf(envelope)
  if (record.item.due !== undefined) return { kind: 'waits', envelope, dueAt: start }
  try {
    const message = outgoing(envelope, kind, clock.now(), { dueAt })
    return { kind: 'send', envelope, entry: { record, envelope, message, start } }
  } catch (error) {
    return { kind: 'reject', reason: `it cannot be made a message: ${errorLine(error)}` }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Returns the record's number if it could not even be rejected. */
async function rejectOne(deps: RelayDeps, record: StreamRecord, reason: string): Promise<string[]> {
  const { sequenceNumber } = record
  try {
    await deps.reject(record, reason)
    deps.observe({ kind: 'rejected', sequenceNumber, reason })
    return []
  } catch (error) {
    deps.observe({ kind: 'unsent', sequenceNumber, reason: errorLine(error) })
    return [sequenceNumber]
  }
}

/** Sends jobs to their lanes, those of ordered lanes in turn; returns the numbers of what could not be sent. */
async function sendEntries(deps: RelayDeps, entries: readonly RelayEntry[]): Promise<string[]> {
  const { ordered, lanes } = deps
  const parts = Map.groupBy(entries, ({ envelope }) => ordered !== undefined && lanes.get(envelope.lane) === 'ordered')
  const inTurn = [...Map.groupBy(parts.get(true) ?? [], ({ envelope }) => envelope.lane)]
  const unsent = await Promise.all([
    sendAll(deps, parts.get(false) ?? []).then((left) => left.map(({ record }) => record.sequenceNumber)),
    ...inTurn.map(([lane, list]) => (ordered ? sendInOrder(deps, ordered, lane, list) : [])),
  ])
  return unsent.flat()
}

/**
 * Jobs of ordered lanes that come before a sweep would see them twice get a timer here. If it cannot be set, the stream
 * comes again; the next sweep would find the job too, but up to a minute late.
 */
async function timeWaiting(
  { ordered, lanes, clock, observe, timers = ordered?.timers }: RelayDeps,
  sorted: readonly (Sorted & Of)[],
): Promise<string[]> {
  const now = clock.now()
  const horizon = new Date(now.getTime() + sweepAhead).toISOString()
  const soon = sorted.flatMap((one) => {
    if (one.kind !== 'waits') return []
    const { envelope, dueAt, record } = one
    const debounced = record.item?.debounced === true ? { debounced: true as const } : {}
    const isPrecise = lanes.get(envelope.lane) === 'ordered' || debounced.debounced
    return isPrecise && dueAt <= horizon ? [{ id: envelope.id, lane: envelope.lane, dueAt, ...debounced, record }] : []
  })
  if (!timers || soon.length === 0) return []
  const [reason] = await setTimers(timers, soon satisfies Waiting[], now)
  if (reason === undefined) return []
  return soon.map(({ record: { sequenceNumber } }) => {
    observe({ kind: 'unsent', sequenceNumber, reason: `its timer could not be set: ${reason}` })
    return sequenceNumber
  })
}
