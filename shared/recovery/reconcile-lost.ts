/** Settles jobs that have no message any more: the reconciler sends them again, or ends what cannot be sent. */
import type { Registry } from '../define/registry.ts'
import type { Effect } from '../execution/effect.ts'
import type { LaneSender } from '../lib/ports.ts'
import type { Item } from '../lib/write.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { runProblem, sendProblem } from '../outbox/message.ts'
import { decodeItem } from '../outbox/outbox-item.ts'
import { type BatchEntry, entryOf, sendByLane } from '../outbox/send.ts'
import { lastCheckAt } from './reconcile-checks.ts'
import { abandon, type EndDeps, labelOf } from './reconcile-end.ts'
import { resentWrite } from './reconcile-writes.ts'

export interface LostDeps extends EndDeps {
  readonly registry: Registry
  readonly sender: LaneSender
  /** Whole outbox items by their keys; what does not exist is left out. */
  readonly items: (keys: readonly { readonly pk: string; readonly sk: string }[]) => Promise<readonly Item[]>
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
