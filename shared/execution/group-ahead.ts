/** The job that a job of an ordered lane waits for. */
import type { Registry } from '../define/registry.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { compareTurns, type Turn } from '../outbox/turn.ts'
import { effectOf } from './effect/lives.ts'
import type { Effect } from './effect.ts'
import { hasEnded } from './job-status.ts'
import { statusOf } from './status.ts'

export interface AheadDeps {
  /** Jobs of a group: those that were written last, and not more than can be read at once. */
  readonly groupJobs: (group: string) => Promise<readonly Turn[]>
  /** Reads effects; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  readonly registry: Registry
}

/** Most effects that are read: of the jobs just ahead. */
const mostAhead = 100

/**
 * The id of the job that a group is at, where it comes before this one. Of a group with very many jobs, the first that is
 * known; `undefined` if none of those that are known has yet to end.
 */
export async function jobAhead(
  { groupJobs, effects, registry }: AheadDeps,
  job: Envelope,
  now: Date,
): Promise<string | undefined> {
  if (job.group === undefined || registry.lanes.get(job.lane)?.kind !== 'ordered') return undefined
  const turns = await groupJobs(job.group)
  const own = turns.find(({ id }) => id === job.id) ?? { ...job, seq: 0 }
  const before = turns
    .filter((turn) => turn.lane === job.lane && turn.id !== job.id && compareTurns(turn, own) < 0)
    .sort(compareTurns)
    .slice(-mostAhead)
  if (before.length === 0) return undefined
  const found = new Map((await effects(before.map(({ id }) => id))).map((effect) => [effect.pk, effect]))
  const first = before.find((turn) => {
    const effect = effectOf(turn, found.get(turn.id))
    return !hasEnded({ status: statusOf(turn, effect, now, effect && registry.jobs.get(effect.type)) })
  })
  return first?.id
}
