/** What must hold at each write of an effect, whoever writes it. */
import { allowedAttempts } from '../../../shared/execution/effect/lease.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import { drawnArrows } from '../../../tools/state-diagram/diagram.ts'
import { most } from '../../support/most.ts'
import { registry } from './app.ts'
import type { Process } from './process.ts'
import type { Promised } from './promises.ts'
import { clocksDiffer } from './written.ts'

/** What a rule knows of a write and of what was before. */
export interface Around {
  readonly now: () => number
  /** Whose write is being performed. */
  readonly writer: () => Process | undefined
  /** Whether the outbox has, or had, the job. */
  readonly isCommitted: (job: string) => boolean
  readonly hasRun: (job: string) => boolean
  readonly isOldCode: (process: Process) => boolean
  /** Outside calls of the job that were refused because of too many. */
  readonly throttled: (job: string) => number
}

export interface EffectRules {
  /** Promises that a change of an effect breaks. */
  broken(before: Effect | undefined, after: Effect): readonly Promised[]
  /** Attempts by job that were lost with a process which other jobs shared, so that they do not count. */
  readonly givenBack: Map<string, number>
  /** Whether a process took the job last. */
  isHeldBy(job: string, process: Process | undefined): boolean
  forget(job: string): void
}

type Rule = (before: Effect | undefined, after: Effect) => boolean

const arrows = new Set(drawnArrows().map(({ from, to }) => `${from} --> ${to}`))

/** A change of an effect, as an arrow of the state diagram. */
export const arrowOf = (before: Effect | undefined, after: Effect) => `${before?.state ?? 'none'} --> ${after.state}`

const isNewLife = (before: Effect | undefined, { createdAt = '' }: Effect) =>
  before?.createdAt !== undefined && before.createdAt < createdAt

export function effectRules({ now, writer, isCommitted, hasRun, isOldCode, throttled }: Around): EffectRules {
  /** Who took each job last. */
  const holders = new Map<string, Process | undefined>()
  const takenByOldCode = new Set<string>()
  const givenBack = new Map<string, number>()
  /** Attempts by job that were taken back because a call of theirs was throttled. */
  const takenBack = new Map<string, number>()

  const isOld = () => {
    const process = writer()
    return process !== undefined && isOldCode(process)
  }
  /** Old code takes its attempt back, and so does one whose call was throttled; no other. */
  const isPostponed: Rule = (before, { state }) => before?.state === 'running' && state === 'retrying' && isOld()
  const isTakenBack: Rule = (before, { pk, state, attempts }) =>
    before?.state === 'running' &&
    state === 'retrying' &&
    attempts === before.attempts - 1 &&
    (takenBack.get(pk) ?? 0) < throttled(pk)
  const deadline = (job: string) => holders.get(job)?.deadline ?? 0
  /** Only who took the job last ends it; a death may also be told by whoever finds that the lease is over. */
  const mayEnd = ({ pk, state }: Effect) => holders.get(pk) === writer() || (state === 'dead' && deadline(pk) <= now())

  /** When the last attempts of each limited type started, in ms since the epoch. */
  const startsOf = new Map<string, number[]>()
  const rules: Partial<Record<Promised, Rule>> = {
    'an effect changes along an arrow of the state diagram': (before, after) => arrows.has(arrowOf(before, after)),
    'an effect belongs to a job that was committed': (_, { pk }) => isCommitted(pk),
    // Old code that died has used up an attempt in which nothing ran; what ran is counted in the end.
    'no attempt beyond the budget': (_, after) =>
      after.state !== 'running' ||
      after.attempts <= (allowedAttempts(after) ?? Number.POSITIVE_INFINITY) ||
      takenByOldCode.has(after.pk),
    'deaths are never forgotten': (before, after) =>
      isNewLife(before, after) ||
      after.deaths === (before?.deaths ?? 0) + (after.state === 'dead' && before?.state !== 'dead' ? 1 : 0),
    'attempts are never forgotten, and waiting for a deploy or a service is none': (before, after) =>
      isNewLife(before, after) ||
      isTakenBack(before, after) ||
      (isPostponed(before, after)
        ? after.attempts === Number(before?.attempts) - 1
        : after.attempts >= (before?.attempts ?? 0)),
    'a cancelled job never ran': (_, { pk, state, replayedAs }) =>
      state !== 'cancelled' || replayedAs !== undefined || !hasRun(pk),
    'a job that was replayed with another payload never runs again': (before, after) =>
      before?.replayedAs === undefined ||
      isNewLife(before, after) ||
      (after.state === 'cancelled' && after.replayedAs === before.replayedAs),
    'no attempt begins before the wait for it is over, whichever message asks': (before, after) =>
      before?.state !== 'retrying' ||
      after.state !== 'running' ||
      isNewLife(before, after) ||
      now() >= (before.notBefore ?? 0) - clocksDiffer,
    'a job whose process has died runs alone next': (before, after) =>
      before?.state !== 'running' || after.state !== 'running' || isNewLife(before, after) || after.shared !== true,
    'a rate limit is exceeded by no more than its burst': (before, after) =>
      after.state !== 'running' ||
      isOld() ||
      after.startedAt === before?.startedAt ||
      isWithinLimit(startsOf, after.type, Date.parse(after.startedAt ?? '')),
    'no attempt is taken over while its process may live': (before, { pk, state }) =>
      before?.state !== 'running' || state !== 'running' || now() >= deadline(pk),
    'a zombie never commits': (before, after) =>
      before?.state !== 'running' || after.state === 'running' || isNewLife(before, after) || mayEnd(after),
  }
  const all = Object.entries(rules) as [Promised, Rule][]

  function claimed(before: Effect | undefined, after: Effect): void {
    if (before?.state === 'running' && before.shared && !isNewLife(before, after))
      givenBack.set(after.pk, (givenBack.get(after.pk) ?? 0) + 1)
    holders.set(after.pk, writer())
    if (isOld()) takenByOldCode.add(after.pk)
  }

  return {
    broken(before, after) {
      const broken = all.filter(([, holds]) => !holds(before, after)).map(([promise]) => promise)
      if (after.state === 'running') claimed(before, after)
      if (!isOld() && isTakenBack(before, after)) takenBack.set(after.pk, (takenBack.get(after.pk) ?? 0) + 1)
      return broken
    },
    givenBack,
    isHeldBy: (job, process) => holders.get(job) === process,
    forget(job) {
      takenByOldCode.delete(job)
      holders.delete(job)
      givenBack.delete(job)
      takenBack.delete(job)
    },
  }
}

/** Notes a start, by the clock of its process. A slot is a time by which each process starts its job, so clocks may differ. */
function isWithinLimit(startsOf: Map<string, number[]>, type: string, at: number): boolean {
  const { limit = 0, perSeconds = 0, burst = 0 } = registry.jobs.get(type)?.rateLimit ?? {}
  if (limit === 0) return true
  const window = perSeconds * 1_000
  const starts = [...(startsOf.get(type) ?? []), at].filter((start) => start >= at - 2 * window)
  startsOf.set(type, starts)
  return most(starts, window) <= limit + burst
}
