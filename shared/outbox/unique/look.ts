/** Looks which job of a unique key stands. */
import { effectOf } from '../../execution/effect/lives.ts'
import type { Effect } from '../../execution/effect.ts'
import type { Clock, Store } from '../../lib/ports.ts'
import type { Plan, UniqueJob } from '../plan.ts'
import type { KeyItem, Taker } from './key-item.ts'

/** The status of a job that stands. */
export type StandingStatus = 'scheduled' | 'pending' | 'running' | 'retrying'

/** What was found of a unique key. */
export type Found =
  /** No job stands. `seen`: the taking that has ended. */
  | { readonly kind: 'free'; readonly seen?: string }
  /** The job itself has the key: it was written before. */
  | { readonly kind: 'own'; readonly seen: string }
  | { readonly kind: 'stands'; readonly item: KeyItem; readonly status: StandingStatus }

export type Looks = ReadonlyMap<UniqueJob, Found>

/** Looks at all keys of a plan. @param passed takings whose jobs can be put off no more */
export async function lookAtKeys(
  { store, clock }: { readonly store: Pick<Store, 'get'>; readonly clock: Clock },
  { unique, completion }: Plan,
  passed: ReadonlySet<string>,
): Promise<Looks> {
  const ending = completion?.op === 'update' ? completion.key.pk : undefined
  const look = async (job: UniqueJob) => {
    const found = await lookAtKey(store, job.taker, clock.now(), ending)
    const isPassed = found.kind === 'stands' && passed.has(found.item.taken)
    return [job, isPassed ? ({ kind: 'free', seen: found.item.taken } as const) : found] as const
  }
  return new Map(await Promise.all(unique.map(look)))
}

/**
 * Looks which job of a unique key stands: one read, and another one if a job has the key.
 *
 * @param ending a job that ends in the same transaction
 */
export async function lookAtKey(
  store: Pick<Store, 'get'>,
  { pk, jobId, unique }: Taker,
  now: Date,
  ending?: unknown,
): Promise<Found> {
  const item = (await store.get('effects', { pk })) as KeyItem | undefined
  if (!item) return { kind: 'free' }
  const free: Found = { kind: 'free', seen: item.taken }
  // Also of a former life of the job's own id.
  if (item.heldUntil <= now.getTime()) return free
  if (item.jobId === jobId) return { kind: 'own', seen: item.taken }
  if (item.jobId === ending) return free
  const effect = effectOf(item, (await store.get('effects', { pk: item.jobId })) as Effect | undefined)
  const { runAt = '' } = item
  if (!effect) return { kind: 'stands', item, status: runAt > now.toISOString() ? 'scheduled' : 'pending' }
  const { state } = effect
  const isAtWork = state === 'running' || state === 'retrying'
  return unique.until === 'finished' && isAtWork ? { kind: 'stands', item, status: state } : free
}
