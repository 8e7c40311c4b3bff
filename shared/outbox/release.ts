/** Release: a job that waits in the outbox gives its place in the index back, and the relay sees it in the stream. */
import type { Lane } from '../define/lane.ts'
import { outboxKey } from '../lib/id.ts'
import type { Clock, Store } from '../lib/ports.ts'
import { outcomeOf, retry } from '../lib/retry.ts'
import type { Write } from '../lib/write.ts'
import { dueKeyOf, type Envelope } from './envelope.ts'
import type { Waiting } from './timer.ts'
import { turnKey } from './turn.ts'

export interface ReleaseDeps {
  readonly store: Store
  readonly clock: Clock
}

const stillWaits = { text: 'attribute_exists(due)' }

/**
 * Releases a job. The change of the item is a record of the stream, behind all that was written before: so the stream
 * alone decides what the lane gets first, also when the relay comes late. A job of an ordered lane keeps its place in
 * the index `turn`, among the released: the relay must find it while its release is on its way.
 */
export function releaseWrite(
  { id, dueAt, debounced }: Pick<Waiting, 'id'> & Partial<Waiting>,
  kind: Lane['kind'],
  now: Date,
): Write {
  const at = now.toISOString()
  const update =
    kind === 'ordered'
      ? { text: 'SET releasedAt = :at, turn = :turn REMOVE due', values: { ':at': at, ':turn': turnKey.released(at) } }
      : { text: 'SET releasedAt = :at REMOVE due, turn', values: { ':at': at } }
  const condition = debounced ? stillWaitsUntil(dueAt) : stillWaits
  return { op: 'update', table: 'outbox', key: outboxKey(id), update, condition, quiet: true }
}

/** Holds unless another request has put the job off. */
const stillWaitsUntil = (dueAt: string | undefined) => ({
  text: `${stillWaits.text} AND dueAt = :dueAt`,
  values: { ':dueAt': dueAt },
})

/**
 * Puts a job of a standard lane, whose message is about to go, into the index of what waits. The relay does not see the
 * change. Refused when the item has expired, or belongs to another life of the id.
 */
export function waitWrite({ id, createdAt }: Pick<Envelope, 'id' | 'createdAt'>, until: Date): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(id),
    update: {
      text: 'SET due = :due, dueAt = :dueAt REMOVE releasedAt',
      values: { ':due': dueKeyOf(id), ':dueAt': until.toISOString() },
    },
    condition: { text: 'createdAt = :createdAt', values: { ':createdAt': createdAt } },
    quiet: true,
  }
}

/** Takes a job off the indexes of what waits, unseen by the relay: the reconciler sees to it. */
export function handOverWrite(id: string): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(id),
    update: { text: 'REMOVE due, turn' },
    condition: stillWaits,
    quiet: true,
  }
}

const tries = 4
const pace = { baseSeconds: 0.1, capSeconds: 1 }

/** The outcome of a release. */
export type Released =
  /** It is released, now or before. */
  | { readonly kind: 'released' }
  /** Another request has put it off. */
  | { readonly kind: 'put-off'; readonly job: Waiting }
  | { readonly kind: 'failed'; readonly reason: string }

/** Releases one job, and tries again what fails. */
export async function release({ store, clock }: ReleaseDeps, job: Waiting, kind: Lane['kind']): Promise<Released> {
  const outcome = await retry(
    clock,
    { pace, tries },
    () => outcomeOf(() => store.write(releaseWrite(job, kind, clock.now()))),
    ({ status }) => status === 'rejected',
  )
  if (outcome.status === 'rejected') return { kind: 'failed', reason: String(outcome.reason) }
  const met = outcome.value.kind === 'refused' ? outcome.value.met : undefined
  return job.debounced && met?.due !== undefined
    ? { kind: 'put-off', job: { ...job, dueAt: String(met.dueAt) } }
    : { kind: 'released' }
}
