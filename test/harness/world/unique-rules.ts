/** What must hold of unique jobs: when each is written or brought back, and of each request for one. */
import type { Effect } from '../../../shared/execution/effect.ts'
import { lifetimes } from '../../../shared/lib/lifetimes.ts'
import { clocksDiffer, dueAt, type Written } from './written.ts'

/** What asked for a job of a key that is unique until it has started, or debounced, and its place among all that happened. */
export interface Asked {
  readonly type: string
  readonly key: string
  readonly by: string
  readonly at: number
}

interface Around {
  readonly now: () => number
  readonly written: ReadonlyMap<string, Written>
  readonly runs: ReadonlyMap<string, readonly { readonly place: number }[]>
  readonly stateOf: (job: Written) => Effect['state'] | undefined
  /** Whether a debounced job can be put off. */
  readonly isPutOff: (job: string) => boolean
  /** Whether a person has moved its dead letter back, which takes no key. */
  readonly isPutBack: (job: string) => boolean
}

export type UniqueRules = ReturnType<typeof uniqueRules>

export const isEnd = (state: Effect['state'] | undefined) =>
  state === 'succeeded' || state === 'dead' || state === 'cancelled'

export function uniqueRules({ now, written, runs, stateOf, isPutOff, isPutBack }: Around) {
  const asked: Asked[] = []
  /** When each job ended last: its place among all that happened. */
  const endedAt = new Map<string, number>()
  const ofKey = (type: string, key: string) =>
    [...written.values()].filter((job) => job.type === type && job.key === key)

  const isTimeOver = (job: Written) => (dueAt(job) || job.writtenAt) + lifetimes.outbox * 1_000 <= now() + clocksDiffer

  return {
    endedAt,
    asked(by: string, type: string, key: string, at: number): void {
      asked.push({ by, type, key, at })
    },
    /** Other debounced jobs of the key that wait and were never released. */
    waiting(job: Written): Written[] {
      if (job.type !== 'calm' || job.key === undefined) return []
      return ofKey('calm', job.key).filter(
        (other) => other.id !== job.id && isPutOff(other.id) && stateOf(other) === undefined && !isTimeOver(other),
      )
    },
    /** Other jobs of the key that have not finished, and whose time to stand is not over. */
    others(job: Written): Written[] {
      if (job.type !== 'sole' || job.key === undefined) return []
      const stands = (other: Written) =>
        other.id !== job.id && !isEnd(stateOf(other)) && !isPutBack(other.id) && !isTimeOver(other)
      return isPutBack(job.id) ? [] : ofKey('sole', job.key).filter(stands)
    },
    /** Whether a job that a request was merged into had ended before the request began. */
    isMergedTooLate: (job: string, began: number) => (endedAt.get(job) ?? Number.POSITIVE_INFINITY) < began,
    /** Those who asked and of whose key no job has started since, although some job of it was not cancelled or dead before. */
    unseen(): Asked[] {
      return asked.filter(({ type, key, at }) => {
        const jobs = ofKey(type, key)
        const isSeen = jobs.some(({ id }) => runs.get(id)?.some((run) => run.place >= at))
        return !isSeen && !jobs.some((job) => !runs.has(job.id) && isEnd(stateOf(job)))
      })
    },
    forget(key: string | undefined): void {
      const left = asked.filter((one) => one.key !== key)
      asked.splice(0, asked.length, ...left)
    },
  }
}
