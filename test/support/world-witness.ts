/** Watches every write of the world, and says at once which promise it broke. */

import { recordIn, recordKey } from '../../shared/define/record/item.ts'
import { allowedAttempts } from '../../shared/execution/effect/lease.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { Item, TableRole } from '../../shared/lib/write.ts'
import { drawnArrows } from '../../tools/state-diagram/diagram.ts'
import { counter } from './app.ts'

/** One start of a job's `run`. */
export interface Run {
  readonly jobId: string
  readonly attempt: number
  /** When its process should be ended, in ms of true time. */
  readonly deadline: number
  /** Its process has said so; a process that died says nothing. */
  isOver: boolean
}

/** A change of an effect, as an arrow of the state diagram. */
export interface Taken {
  readonly job: string
  readonly arrow: string
}

export interface WorldWitness {
  /** Whose write is being performed. */
  writer: number
  /** When the invocations of consumers are over, by writer, in ms of true time. */
  readonly deadlines: Map<number, number>
  /** Writers whose code does not know the jobs. */
  readonly oldCode: Set<number>
  /** Jobs whose caller was told that they are accepted. */
  readonly accepted: Set<string>
  /** Every start of a job, in order. */
  readonly runs: Run[]
  /** Promises that a write broke, in words. */
  readonly violations: string[]
  /** Every change of an effect, in order. */
  readonly taken: Taken[]
  /** What consumers and the reconciler told, by kind. */
  readonly events: Map<string, number>
  /** Jobs whose message the world itself took away. */
  readonly excused: Set<string>
  /** Messages that came a second time: their job and id. */
  readonly duplicates: Set<string>
  /** Jobs that an operator took and has not sent: what dies there leaves them to the reconciler. */
  readonly unsent: Set<string>
  /** Jobs that lost their turn in their group. */
  readonly outOfTurn: Set<string>
  /** Attempts by job that were lost with a process which other jobs shared, so that they do not count. */
  readonly givenBack: Map<string, number>
  written(table: TableRole, before: Item | undefined, after: Item | undefined): void
  /** An operator's process sends a job. */
  sentByOperator(job: string): void
  /** A job's `run` begins; what is returned says that it is over. */
  begin(job: { readonly jobId: string; readonly attempt: number }, deadline: number): () => void
  /** A dead letter is sent. */
  deadLetterSent(job: string, deaths: number): void
  /** All of a job but its effect is forgotten: its id may have a second life. */
  forget(job: string): void
}

interface Around {
  readonly now: () => number
  /** Whether the outbox has the job. */
  readonly isCommitted: (job: string) => boolean
  readonly effectOf: (job: string) => Effect | undefined
}

function isSameBut({ expiresAt: _, ...before }: Effect, { expiresAt: __, ...after }: Effect): boolean {
  return JSON.stringify(before) === JSON.stringify(after)
}

/** The clock of a consumer, and true time. ms. */
const clocksDiffer = 500

const arrows = new Set(drawnArrows().map(({ from, to }) => `${from} --> ${to}`))

/** The reconciler ended the job: it could not be sent, so nothing of it is in a queue. */
export const isUnsendable = ({ lastError }: Pick<Effect, 'lastError'>) =>
  lastError?.startsWith('UnsendableError') === true

/** The reconciler keeps its own state next to the effects. */
const isState = ({ pk }: Item) => String(pk).startsWith('reconciler#')

function isReadable(item: Item): boolean {
  try {
    const { pk, sk } = recordKey(counter, recordIn(counter, item))
    return pk === item.pk && sk === item.sk
  } catch {
    return false
  }
}

export function worldWitness({ now, isCommitted, effectOf }: Around): WorldWitness {
  /** Who took each job last, and when the invocation that did so is over. */
  const holders = new Map<string, { readonly writer: number; readonly deadline: number }>()
  const takenByOldCode = new Set<string>()
  const givenBack = new Map<string, number>()
  /** Jobs of which all but the effect was forgotten. */
  const forgotten = new Set<string>()
  /** Which processes took which job out of an end: `writer job`. */
  const takenUp = new Set<string>()
  const unsent = new Set<string>()
  const runs: Run[] = []
  const violations: string[] = []
  const taken: Taken[] = []

  const rules: readonly [string, (before: Effect | undefined, after: Effect) => boolean][] = [
    ['no effect without a committed job', (_, after) => isCommitted(after.pk) || forgotten.has(after.pk)],
    // Old code that died has used up an attempt in which nothing ran; what ran is counted in the end.
    [
      'no attempt beyond the budget',
      (_, after) =>
        after.state !== 'running' ||
        after.attempts <= (allowedAttempts(after) ?? Number.POSITIVE_INFINITY) ||
        takenByOldCode.has(after.pk),
    ],
    [
      'deaths are never forgotten',
      (before, after) =>
        isNewLife(before, after) ||
        after.deaths === (before?.deaths ?? 0) + (after.state === 'dead' && before?.state !== 'dead' ? 1 : 0),
    ],
    [
      'attempts are never forgotten, and waiting for a deploy is none',
      (before, after) =>
        isNewLife(before, after) ||
        (isPostponed(before, after)
          ? after.attempts === Number(before?.attempts) - 1
          : after.attempts >= (before?.attempts ?? 0)),
    ],
    [
      'what is cancelled has never run',
      (_, after) => after.state !== 'cancelled' || !runs.some(({ jobId }) => jobId === after.pk),
    ],
    [
      'no attempt begins before the wait for it is over, whichever message asks',
      (before, after) =>
        before?.state !== 'retrying' ||
        after.state !== 'running' ||
        isNewLife(before, after) ||
        now() >= (before.notBefore ?? 0) - clocksDiffer,
    ],
    [
      'a job whose process has died runs alone next',
      (before, after) =>
        before?.state !== 'running' || after.state !== 'running' || isNewLife(before, after) || after.shared !== true,
    ],
    ['no attempt is taken over while its process may live', (before, after) => !isTakenOver(before, after)],
    [
      'a zombie never commits',
      (before, after) =>
        before?.state !== 'running' || after.state === 'running' || isNewLife(before, after) || mayEnd(after),
    ],
  ]
  function isNewLife(before: Effect | undefined, { createdAt = '' }: Effect): boolean {
    return before?.createdAt !== undefined && before.createdAt < createdAt
  }
  /** Old code takes its attempt back, and no other. */
  function isPostponed(before: Effect | undefined, { state }: Effect): boolean {
    return before?.state === 'running' && state === 'retrying' && witness.oldCode.has(witness.writer)
  }
  function isTakenOver(before: Effect | undefined, { pk, state }: Effect): boolean {
    return before?.state === 'running' && state === 'running' && now() < (holders.get(pk)?.deadline ?? 0)
  }
  /** Only who took the job last ends it; a death may also be told by whoever finds that the lease is over. */
  function mayEnd({ pk, state }: Effect): boolean {
    const holder = holders.get(pk)
    return holder?.writer === witness.writer || (state === 'dead' && (holder?.deadline ?? 0) <= now())
  }

  function noteTakenUp(before: Effect | undefined, { pk, state }: Effect): void {
    if (state !== 'retrying' || !['dead', 'cancelled'].includes(before?.state ?? '')) return
    takenUp.add(`${witness.writer} ${pk}`)
    unsent.add(pk)
  }

  function effectWritten(before: Effect | undefined, after: Effect): void {
    // The reconciler keeps it longer, and changes nothing else.
    if (before && before.expiresAt !== after.expiresAt && isSameBut(before, after)) return
    const arrow = `${before?.state ?? 'none'} --> ${after.state}`
    taken.push({ job: after.pk, arrow })
    if (!arrows.has(arrow)) violations.push(`${arrow} is no arrow of the state diagram: ${JSON.stringify(after)}`)
    for (const [rule, holds] of rules) {
      if (!holds(before, after)) violations.push(`${rule}: ${arrow} ${JSON.stringify({ before, after })}`)
    }
    noteTakenUp(before, after)
    if (after.state === 'running') claimed(before, after)
  }

  function claimed(before: Effect | undefined, after: Effect): void {
    if (before?.state === 'running' && before.shared && !isNewLife(before, after))
      givenBack.set(after.pk, (givenBack.get(after.pk) ?? 0) + 1)
    const deadline = witness.deadlines.get(witness.writer) ?? 0
    holders.set(after.pk, { writer: witness.writer, deadline })
    if (witness.oldCode.has(witness.writer)) takenByOldCode.add(after.pk)
  }

  const witness: WorldWitness = {
    writer: 0,
    deadlines: new Map(),
    oldCode: new Set(),
    accepted: new Set(),
    runs,
    violations,
    taken,
    events: new Map(),
    excused: new Set(),
    duplicates: new Set(),
    unsent,
    outOfTurn: new Set(),
    givenBack,
    written(table, before, after) {
      if (table === 'effects' && after && !isState(after))
        effectWritten(before as Effect | undefined, after as unknown as Effect)
      if (table === 'records' && Number(after?.count) > 1)
        violations.push(`an effect happens once: ${JSON.stringify(after)}`)
      if (table === 'records' && after?._kind === counter.name && !isReadable(after))
        violations.push(`a record can be read under its own key: ${JSON.stringify(after)}`)
    },
    sentByOperator(job) {
      unsent.delete(job)
      if (!takenUp.has(`${witness.writer} ${job}`))
        violations.push(`of operators at the same time, the one that takes a job sends it: ${job}`)
    },
    begin({ jobId, attempt }, deadline) {
      const run: Run = { jobId, attempt, deadline, isOver: false }
      const earlier = runs.filter((other) => other.jobId === jobId)
      if (earlier.some((other) => !other.isOver && now() <= other.deadline))
        violations.push(`no attempt begins before the lease of the one before is over: ${jobId}, attempt ${attempt}`)
      if (earlier.some((other) => other.attempt === attempt))
        violations.push(`each run is an attempt of its own: ${jobId}, attempt ${attempt}`)
      runs.push(run)
      return () => {
        run.isOver = true
      }
    },
    deadLetterSent(job, deaths) {
      const effect = effectOf(job)
      // An operator may have brought the job back in the moment before.
      if ((effect?.deaths ?? 0) < deaths)
        violations.push(`a dead letter is sent only of a job that has died: ${job} ${deaths} ${JSON.stringify(effect)}`)
    },
    forget(job) {
      forgotten.add(job)
      runs.splice(0, runs.length, ...runs.filter(({ jobId }) => jobId !== job))
      for (const set of [witness.accepted, witness.excused, witness.outOfTurn, takenByOldCode]) set.delete(job)
      for (const map of [holders, givenBack]) map.delete(job)
    },
  }
  return witness
}
