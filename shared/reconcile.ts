/**
 * The reconciler: the proof that nothing is lost. It reads the whole outbox and sends again what should have run and has
 * not, whatever the reason: a relay that was off for longer than the stream remembers, a queue that was purged.
 *
 * To read an item costs little, to ask for its effect ten times as much. So a pass by the clock reads a part of the table and
 * asks only at a few ages of a job (`looks`). Where it finds one that was lost there may be others, and the other parts are
 * read at once. An operator's pass asks for every job.
 */
import { type Effect, leaseIsOver, troubleSince } from './effect.ts'
import { outboxKey } from './id.ts'
import { lifetimes } from './lifetimes.ts'
import type { Envelope } from './outbox-item.ts'
import type { Clock, LaneSender, Store } from './ports.ts'
import type { Registry } from './registry.ts'
import { chunks, outgoing, type Parcel, trySend, type Unsent } from './send.ts'
import type { Write } from './write.ts'

/** An outbox item, as the reconciler needs it. */
export interface Written {
  readonly envelope: Envelope
  /** When the reconciler sent it last, ISO 8601 UTC. */
  readonly resentAt?: string | undefined
}

export interface ReconcileDeps {
  readonly store: Store
  readonly clock: Clock
  readonly registry: Registry
  readonly sender: LaneSender
  /** Pages of outbox items of one segment of the table. */
  readonly scan: (segment: number, segments: number) => AsyncIterable<readonly Written[]>
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  readonly observe: (event: { readonly kind: 'unrelayed'; readonly envelope: Envelope } | Unsent) => void
}

const minute = 60_000
const hour = 60 * minute

/** A job is left in peace for this long after its time to run, in ms: it may be on its way, or wait in a long queue. */
export const grace = 30 * minute

/** Nor is a job sent again before this long after the last time, so that a long queue is not flooded. ms. */
export const resendAfter = 6 * hour

const day = 24 * hour

/**
 * At which age of a job a pass asks how far it is, in days since its time to run: on the first, when it must have started;
 * on the fifth, when its retries must be over (`backoffProblem` in backoff.ts); and before its item expires, so that none
 * goes unseen. A job that was sent again is asked for in every pass, until it has ended.
 */
export const looks = [0, 4, lifetimes.outbox / 86_400 - 2]

/** Each item is read once a day, but a pass may come late; this much, in ms, it must not miss a look. */
const lateness = 2 * hour

/** A message can be hidden for 12 hours at most; a job that nobody touched for longer has no message any more. ms. */
const longestHidden = 13 * hour

export interface Reconciliation {
  readonly scanned: number
  readonly resent: number
  /** Jobs that should have been sent again and could not be. */
  readonly unsent: number
  /** False when time ran out before the end of the table. */
  readonly complete: boolean
}

/** What one pass goes through. */
export interface Pass {
  /** Segments of the table, which are read side by side. */
  readonly segments: readonly number[]
  /** How many segments there are. */
  readonly of: number
  /** Asks for every job, at whatever age. */
  readonly everything: boolean
}

/** Segments that are read side by side. */
const width = 4

/** The parts of the table: one an hour, so that every item is read once a day. */
const parts = 24

/** The pass of an hour. */
export function hourlyPass(at: Date): Pass {
  const part = Math.floor(at.getTime() / hour) % parts
  return { segments: Array.from({ length: width }, (_, i) => part * width + i), of: parts * width, everything: false }
}

/** Through the whole outbox, at the same looks: what follows when a part of it had lost jobs. */
export const wholePass: Pass = { segments: Array.from({ length: width }, (_, i) => i), of: width, everything: false }

/** Through the whole outbox, and asks for every job: what an operator wants. */
export const fullPass: Pass = { ...wholePass, everything: true }

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
    const late = page.filter((item) => isLate(item, now) && isAsked(item, now, pass)).map(({ envelope }) => envelope)
    const effects = new Map((await deps.effects(late.map(({ id }) => id))).map((effect) => [effect.pk, effect]))
    const stranded = late.filter(({ id }) => isStranded(effects.get(id), now))
    const sent = await resend(deps, stranded)
    resent += sent
    unsent += stranded.length - sent
    if (now.getTime() > until) return { scanned, resent, unsent, complete: false }
  }
  return { scanned, resent, unsent, complete: true }
}

function isLate({ envelope, resentAt }: Written, now: Date): boolean {
  const due = Date.parse(envelope.runAt ?? envelope.createdAt) + grace
  const again = resentAt === undefined ? 0 : Date.parse(resentAt) + resendAfter
  return Math.max(due, again) < now.getTime()
}

function isAsked({ envelope, resentAt }: Written, now: Date, { everything }: Pass): boolean {
  const age = now.getTime() - Date.parse(envelope.runAt ?? envelope.createdAt) - grace
  const isDue = (look: number) => age >= look * day && age < (look + 1) * day + lateness
  return everything || resentAt !== undefined || looks.some(isDue)
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
      const reason = `lane "${lane}" is not in app/lanes.ts: bring it back, or cancel the job`
      for (const envelope of ofLane) deps.observe({ kind: 'unsent', envelope, reason })
      continue
    }
    const now = deps.clock.now()
    const parcels = ofLane.map((envelope) => ({
      envelope,
      message: outgoing(envelope, kind, now, `-s${now.getTime()}`),
    }))
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

/** Marks a job as sent by the reconciler, and takes it off the index of what waits, if it is still there. */
function resentWrite(id: string, now: Date): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(id),
    update: { text: 'SET resentAt = :now REMOVE due', values: { ':now': now.toISOString() } },
    condition: { text: 'attribute_exists(pk)' },
  }
}
