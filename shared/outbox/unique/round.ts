/** One round of a commit: what is written when some unique jobs stand, and what a refusal means. */
import { type Item, keyOf, type TransactWrite } from '../../lib/write.ts'
import type { Plan } from '../plan.ts'
import { isKeyItem, standsCheck, takeKeyWrite } from './key-item.ts'
import type { Looks, StandingStatus } from './look.ts'
import { mergeWrite } from './merge-write.ts'

/** A job of a change that was merged. */
export interface Merged {
  /** Its position among the jobs of the change. */
  readonly job: number
  /** Id of the job that stands. */
  readonly id: string
  /** Status of the job that stands. */
  readonly status: StandingStatus
}

/**
 * The writes of a plan: the check of a job that stands, or the merge into one that is debounced, is in the place of the outbox item
 * of the job that is merged. The keys that are taken come last. If nothing else is written, nothing depends on the check, and it is left out.
 */
export function writesOf(plan: Plan, looks: Looks): TransactWrite[] {
  const checks = new Map<TransactWrite, TransactWrite>()
  const merges = new Map<TransactWrite, TransactWrite>()
  const keys: TransactWrite[] = []
  for (const job of plan.unique) {
    const found = looks.get(job)
    if (found?.kind === 'stands' && job.isDebounced) merges.set(job.write, mergeWrite(found.item, job.write.item))
    else if (found?.kind === 'stands') checks.set(job.write, standsCheck(found.item, job.taker.unique.until))
    else if (found?.kind === 'free') keys.push(takeKeyWrite(job.taker, job.start, takingOf(job.taker), found.seen))
  }
  const needsChecks = plan.writes.some((write) => write !== plan.completion && !checks.has(write))
  return [
    ...plan.writes.flatMap((write) => {
      const check = checks.get(write)
      if (!check) return [merges.get(write) ?? write]
      return needsChecks ? [check] : []
    }),
    ...keys,
  ]
}

/** One job takes its key once in a life. */
const takingOf = ({ jobId, createdAt }: { readonly jobId: string; readonly createdAt: string }) =>
  `${jobId} ${createdAt}`

/** The jobs that are merged, also into another job of the same change. */
export function mergedIn({ unique, twins, jobs, createdAt }: Plan, looks: Looks): Merged[] {
  const stand = unique.flatMap((job) => {
    const found = looks.get(job)
    return found?.kind === 'stands' ? [{ job: job.place, id: found.item.jobId, status: found.status }] : []
  })
  const into = new Map(stand.map((merged) => [merged.job, merged]))
  const others = [...twins].map(([job, first]): Merged => {
    const { id, runAt } = jobs[first] as Plan['jobs'][number]
    const isEarly = runAt !== undefined && runAt > createdAt
    return { id, status: isEarly ? 'scheduled' : 'pending', ...into.get(first), job }
  })
  return [...stand, ...others].sort((a, b) => a.job - b.job)
}

const isMerge = (write: TransactWrite) => write.op === 'update' && write.table === 'outbox'
const isOfKey = (write: TransactWrite) =>
  write.op === 'check' || isMerge(write) || (write.op === 'put' && isKeyItem(write.item))

/** Takings whose jobs can be put off no more: a merge into them was refused. */
export function passedIn(
  { unique }: Plan,
  looks: Looks,
  writes: readonly TransactWrite[],
  met: readonly (Item | undefined)[],
): string[] {
  const refused = new Set(writes.flatMap((write, i) => (isMerge(write) && met[i] ? [keyOf(write).sk] : [])))
  return unique.flatMap((job) => {
    const found = looks.get(job)
    return found?.kind === 'stands' && refused.has(found.item.jobId) ? [found.item.taken] : []
  })
}

/** Whether a transaction was refused because of its unique keys alone: then it is worth another look. */
export function isKeyMoved(writes: readonly TransactWrite[], met: readonly (Item | undefined)[]): boolean {
  return writes.every((write, i) => met[i] === undefined || isOfKey(write))
}

/**
 * Whether a refusal met an earlier try of the same request, whose answer was lost: the job has its key, and its outbox item is
 * as it was sent.
 */
export function isOursAfterAll(
  { unique }: Plan,
  looks: Looks,
  writes: readonly TransactWrite[],
  met: readonly (Item | undefined)[],
): boolean {
  return unique.some((job) => {
    if (looks.get(job)?.kind !== 'own') return false
    const found = met[writes.indexOf(job.write)]
    const { createdAt, payload } = job.write.item
    return found?.createdAt === createdAt && found?.payload === payload
  })
}

/**
 * Whether another try of a plan can be sent although an earlier one may still arrive: both would insert an item that is no
 * unique job's, or both end the same attempt. So one of them at most is written.
 */
export function isSafeToRepeat({ unique, completion }: Plan, writes: readonly TransactWrite[]): boolean {
  const own = new Set<TransactWrite>(unique.map(({ write }) => write))
  const isInsert = (write: TransactWrite) => write.op === 'put' && write.condition !== undefined && !own.has(write)
  return completion !== undefined || writes.some((write) => isInsert(write) && !isOfKey(write))
}
