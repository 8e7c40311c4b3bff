/** What the reconciler does with jobs that have no message any more: it sends them again, or ends what cannot be sent. */

import type { Registry } from '../define/registry.ts'
import { abandonWrite } from '../execution/effect/abandon-write.ts'
import type { Effect } from '../execution/effect.ts'
import { outboxKey } from '../lib/id.ts'
import { lifetimes } from '../lib/lifetimes.ts'
import type { Clock, LaneSender, Store } from '../lib/ports.ts'
import type { Item, Write } from '../lib/write.ts'
import { decodeItem, type Envelope } from '../outbox/envelope.ts'
import { runProblem, sendProblem } from '../outbox/message.ts'
import { type BatchEntry, entryOf, sendByLane } from '../outbox/send.ts'
import { keptUntil, lastCheckAt } from './reconcile-checks.ts'

export interface LostDeps {
  readonly store: Store
  readonly clock: Clock
  readonly registry: Registry
  readonly sender: LaneSender
  /** Whole outbox items by their keys; what does not exist is left out. */
  readonly items: (keys: readonly { readonly pk: string; readonly sk: string }[]) => Promise<readonly Item[]>
  readonly observe: (event: ReconcileEvent) => void
}

/** What became of a lost job: sent again, not sent, or ended as dead. */
export interface ReconcileEvent {
  readonly kind: 'unrelayed' | 'unsent' | 'abandoned'
  readonly job: { readonly id: string; readonly type: string; readonly lane: string }
  readonly reason?: string
}

/** A job that has not ended and has no message. */
export interface Lost {
  readonly pk: string
  readonly id: string
  readonly effect: Effect | undefined
  /** Whether this is the last check before its item expires: what cannot be sent ends now. */
  readonly isLast: boolean
}

export interface LostResult {
  readonly resent: readonly string[]
  /** Jobs that should have been sent and were not. */
  readonly unsent: number
  /** Those of them that SQS did not take: the next pass tries again. */
  readonly refused: number
  readonly abandoned: number
}

/** Sends lost jobs again. One that cannot be sent holds up no other. */
export async function settleLost(deps: LostDeps, lost: readonly Lost[]): Promise<LostResult> {
  const items = new Map((await deps.items(lost.map(({ pk, id }) => ({ pk, sk: id })))).map((item) => [item.sk, item]))
  const sendable: Envelope[] = []
  let unsent = 0
  let abandoned = 0
  for (const job of lost) {
    const item = items.get(job.id)
    if (!item) continue
    const decoded = decodeItem(item)
    const problem = decoded.kind === 'envelope' ? problemOf(deps, decoded.envelope, job.isLast) : decoded.reason
    if (problem === undefined && decoded.kind === 'envelope') sendable.push(decoded.envelope)
    else if (job.isLast) abandoned += await abandon(deps, job, item, `UnsendableError: ${problem}`)
    else {
      deps.observe({ kind: 'unsent', job: labelOf(job, item), reason: problem ?? '' })
      unsent++
    }
  }
  const { resent, refused } = await resend(deps, sendable, items)
  return { resent, unsent: unsent + refused, refused, abandoned }
}

/** A consumer ends what it cannot run; only before its item expires the reconciler does so itself. */
function problemOf({ registry }: LostDeps, envelope: Envelope, isLast: boolean): string | undefined {
  return sendProblem(registry, envelope) ?? (isLast ? runProblem(registry, envelope) : undefined)
}

function labelOf({ id, effect }: Pick<Lost, 'id' | 'effect'>, item: Item) {
  const text = (value: unknown, other: string | undefined) => (typeof value === 'string' ? value : (other ?? 'unknown'))
  return { id, type: text(item.type, effect?.type), lane: text(item.lane, effect?.lane) }
}

/**
 * Ends a job as dead; 1 if it did, 0 if the job moved on meanwhile. If the process dies before the item is kept, the next
 * pass finds a fresh death and keeps it.
 *
 * @param item its outbox item; `{}` if that is gone
 */
export async function abandon(
  deps: LostDeps,
  job: Pick<Lost, 'pk' | 'id' | 'effect'>,
  item: Item,
  error: string,
): Promise<number> {
  const now = deps.clock.now()
  const label = labelOf(job, item)
  const createdAt = typeof item.createdAt === 'string' ? item.createdAt : undefined
  const expiresAt = Math.ceil(now.getTime() / 1000) + lifetimes.effect
  const ended = { jobId: job.id, type: label.type, lane: label.lane, createdAt, now, error, expiresAt }
  const result = await deps.store.write(abandonWrite(ended, job.effect))
  if (result.kind === 'refused') return 0
  deps.observe({ kind: 'abandoned', job: label, reason: error })
  if (item.pk !== undefined) await deps.store.write(keepWrite({ pk: job.pk, sk: job.id }, now))
  return 1
}

async function resend(deps: LostDeps, envelopes: readonly Envelope[], items: ReadonlyMap<unknown, Item>) {
  const now = deps.clock.now()
  const entries = envelopes.map((envelope) => entryOf(deps.registry, envelope, now, `-s${now.getTime()}`))
  const resent: string[] = []
  const isLast = (id: string) => lastCheckAt({ expiresAt: Number(items.get(id)?.expiresAt) }) <= now.getTime()
  const onSent = async (sent: readonly BatchEntry[]) => {
    // If the process dies before the mark, the next run sends once more; the effect guard makes that harmless.
    await Promise.all(sent.map(({ envelope: { id } }) => deps.store.write(resentWrite(id, now, isLast(id)))))
    resent.push(...sent.map(({ envelope }) => envelope.id))
    for (const { envelope } of sent) deps.observe({ kind: 'unrelayed', job: jobIn(envelope) })
  }
  const refused = await sendByLane(deps, entries, { onSent })
  for (const { entry, reason } of refused) deps.observe({ kind: 'unsent', job: jobIn(entry.envelope), reason })
  return { resent, refused: refused.length }
}

const jobIn = ({ id, type, lane }: Envelope) => ({ id, type, lane })

/**
 * Marks a job as sent by the reconciler, and takes it off the indexes of what waits, if it is still there. An item that is
 * about to expire is kept, since the job may need it once more. Without `releasedAt` the relay does not see the change.
 */
function resentWrite(id: string, now: Date, isKept: boolean): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(id),
    update: {
      text: `SET resentAt = :now${isKept ? ', expiresAt = :expiresAt' : ''} REMOVE due, turn, releasedAt`,
      values: { ':now': now.toISOString(), ...(isKept ? { ':expiresAt': keptUntil(now) } : {}) },
    },
    condition: { text: 'attribute_exists(pk)' },
    quiet: true,
  }
}

/** Keeps what is known of a job for as long as its item: how often it was tried, and that it must not run twice. */
export function keepEffect({ pk, createdAt }: Pick<Effect, 'pk' | 'createdAt'>, now: Date): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk },
    update: {
      text: 'SET expiresAt = :expiresAt',
      values: { ':expiresAt': Math.ceil(now.getTime() / 1000) + lifetimes.effect },
    },
    condition:
      createdAt === undefined
        ? { text: 'attribute_exists(pk)' }
        : { text: 'createdAt = :createdAt', values: { ':createdAt': createdAt } },
    quiet: true,
  }
}

/** Keeps the item of a job that has not ended, or that died lately. Without `releasedAt` the relay does not see the change. */
export function keepWrite(key: { readonly pk: string; readonly sk: string }, now: Date): Write {
  return {
    op: 'update',
    table: 'outbox',
    key,
    update: { text: 'SET expiresAt = :expiresAt REMOVE releasedAt', values: { ':expiresAt': keptUntil(now) } },
    condition: { text: 'attribute_exists(pk)' },
    quiet: true,
  }
}
