/**
 * The reconciler: the proof that nothing is lost. It reads the whole outbox and sends again what should have run and has
 * not, whatever the reason: a relay that was off for longer than the stream remembers, a queue that was purged.
 */
import { type Effect, effectOf, leaseIsOver, troubleSince } from './effect.ts'
import { outboxKey } from './id.ts'
import { laneGone } from './lane.ts'
import type { Envelope } from './outbox-item.ts'
import type { Clock, LaneSender, Store } from './ports.ts'
import { grace, hourlyPass, isAsked, type Pass, type Times, wholePass } from './reconcile-pass.ts'
import type { Registry } from './registry.ts'
import { chunks, outgoing, type Parcel, trySend, type Unsent, unsendable } from './send.ts'
import type { Write } from './write.ts'

/** What the reconciler reads of every outbox item: to carry and decode them whole would be most of the work. */
export interface Written extends Times {
  readonly id: string
  /** ISO 8601 UTC. */
  readonly createdAt: string
}

export interface ReconcileDeps {
  readonly store: Store
  readonly clock: Clock
  readonly registry: Registry
  readonly sender: LaneSender
  /** Pages of outbox items of one segment of the table. */
  readonly scan: (segment: number, segments: number) => AsyncIterable<readonly Written[]>
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  /** The whole jobs, asked only of those that were lost; what is malformed is left out. */
  readonly envelopes: (ids: readonly string[]) => Promise<readonly Envelope[]>
  readonly observe: (event: { readonly kind: 'unrelayed'; readonly envelope: Envelope } | Unsent) => void
}

/** A message can be hidden for 12 hours at most; a job that nobody touched for longer has no message any more. ms. */
const longestHidden = 13 * 3_600_000

export interface Reconciliation {
  readonly scanned: number
  readonly resent: number
  /** Jobs that should have been sent again and could not be. */
  readonly unsent: number
  /** False when time ran out before the end of the table. */
  readonly complete: boolean
}

/**
 * Reconciles the part of an hour. Where jobs were lost there may be more, so all parts are read then.
 *
 * @param at the hour, as the schedule says it
 * @param until when it must end, in ms since the epoch
 */
export async function reconcileHour(deps: ReconcileDeps, at: Date, until: number): Promise<Reconciliation> {
  const part = await reconcile(deps, hourlyPass(at), until)
  return part.resent + part.unsent === 0 ? part : reconcile(deps, wholePass, until)
}

/**
 * Reconciles what a pass goes through.
 *
 * @param until when it must end, in ms since the epoch
 */
export async function reconcile(deps: ReconcileDeps, pass: Pass, until: number): Promise<Reconciliation> {
  const parts = await Promise.all(pass.segments.map((segment) => reconcileSegment(deps, segment, pass, until)))
  const total = (count: 'scanned' | 'resent' | 'unsent') => parts.reduce((sum, part) => sum + part[count], 0)
  return {
    scanned: total('scanned'),
    resent: total('resent'),
    unsent: total('unsent'),
    complete: parts.every((part) => part.complete),
  }
}

async function reconcileSegment(
  deps: ReconcileDeps,
  segment: number,
  pass: Pass,
  until: number,
): Promise<Reconciliation> {
  let scanned = 0
  let resent = 0
  let unsent = 0
  for await (const page of deps.scan(segment, pass.of)) {
    scanned += page.length
    const now = deps.clock.now()
    const asked = page.filter((item) => isAsked(item, now, pass))
    const effects = new Map((await deps.effects(asked.map(({ id }) => id))).map((effect) => [effect.pk, effect]))
    const lost = asked.filter((item) => isStranded(effectOf(item, effects.get(item.id)), now))
    const stranded = await deps.envelopes(lost.map(({ id }) => id))
    const sent = await resend(deps, stranded)
    resent += sent
    unsent += stranded.length - sent
    if (now.getTime() > until) return { scanned, resent, unsent, complete: false }
  }
  return { scanned, resent, unsent, complete: true }
}

/** Whether no message can be under way for a job that has not ended. */
export function isStranded(effect: Effect | undefined, now: Date): boolean {
  if (!effect) return true
  const touched = Date.parse(troubleSince(effect) ?? effect.startedAt ?? '')
  if (effect.state === 'retrying') return touched + (effect.attempts === 0 ? grace : longestHidden) < now.getTime()
  return effect.state === 'running' && leaseIsOver(effect, now) && touched + longestHidden < now.getTime()
}

/** Sends jobs again; returns how many went. One that cannot go, or a lane that is gone, holds up no other. */
async function resend(deps: ReconcileDeps, envelopes: readonly Envelope[]): Promise<number> {
  let count = 0
  for (const [lane, ofLane] of Map.groupBy(envelopes, (envelope) => envelope.lane)) {
    const kind = deps.registry.lanes.get(lane)?.kind
    if (!kind) {
      const reason = laneGone(lane)
      for (const envelope of ofLane) deps.observe({ kind: 'unsent', envelope, reason })
      continue
    }
    const now = deps.clock.now()
    const parcels = ofLane.flatMap((envelope) => {
      const reason = unsendable(envelope, kind)
      if (reason === undefined) return [{ envelope, message: outgoing(envelope, kind, now, `-s${now.getTime()}`) }]
      deps.observe({ kind: 'unsent', envelope, reason })
      return []
    })
    for (const chunk of chunks(parcels)) count += await resendChunk(deps, lane, chunk, now)
  }
  return count
}

async function resendChunk(deps: ReconcileDeps, lane: string, chunk: readonly Parcel[], now: Date): Promise<number> {
  const reasons = await trySend(deps.sender, lane, chunk)
  const sent = chunk.filter((_, i) => reasons[i] === undefined)
  // If the process dies before the mark, the next run sends once more; the effect guard makes that harmless.
  await Promise.all(sent.map(({ envelope }) => deps.store.write(resentWrite(envelope.id, now))))
  for (const [i, { envelope }] of chunk.entries()) {
    const reason = reasons[i]
    deps.observe(reason === undefined ? { kind: 'unrelayed', envelope } : { kind: 'unsent', envelope, reason })
  }
  return sent.length
}

/**
 * Marks a job as sent by the reconciler, and takes it off the indexes of what waits. Without `releasedAt` the relay does
 * not see the change.
 */
function resentWrite(id: string, now: Date): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(id),
    update: { text: 'SET resentAt = :now REMOVE due, turn, releasedAt', values: { ':now': now.toISOString() } },
    condition: { text: 'attribute_exists(pk)' },
  }
}
