/** What the world saw, noted as it happens, apart from what the product says of itself; and which promise that broke. */
import { type BatchItem, batchKey } from '../../../shared/batch/items.ts'
import type { JobContext } from '../../../shared/define/job.ts'
import { recordIn, recordKey } from '../../../shared/define/record/item.ts'
import { effectOf as effectOfLife } from '../../../shared/execution/effect/lives.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import type { Item, TableRole } from '../../../shared/lib/write.ts'
import { counter, recordTypes } from './app.ts'
import { batchRules } from './batch-rules.ts'
import type { Loss } from './losses.ts'
import type { Process } from './process.ts'
import { type Broken, type Promised, promises } from './promises.ts'
import { isEnd, uniqueRules } from './unique-rules.ts'
import { arrowOf, effectRules } from './write-rules.ts'
import { clocksDiffer, dueAt, type Written, writtenOf } from './written.ts'

/** One start of a job's `run`. */
export interface Run {
  readonly attempt: number
  readonly process: Process
  /** Its place among all that happened. */
  readonly place: number
  isOver: boolean
}

/** A change of an effect, as an arrow of the state diagram. */
export interface Taken {
  readonly job: string
  readonly arrow: string
}

export type Witness = ReturnType<typeof createWitness>

export interface WitnessSettings {
  readonly now: () => number
  readonly effectOf: (job: string) => Effect | undefined
  readonly itemOf: (job: string) => Item | undefined
  /** Whether every change of an effect is to be kept in `taken`. */
  readonly keepsArrows: boolean
}

export function createWitness({ now, effectOf, itemOf, keepsArrows }: WitnessSettings) {
  const broken = Object.fromEntries(promises.map((promise) => [promise, [] as string[]])) as Record<Promised, string[]>
  const breaks = (promise: Promised, job: string) => {
    broken[promise].push(job)
  }
  const runs = new Map<string, Run[]>()
  const written = new Map<string, Written>()
  /** Jobs of which all but the effect was forgotten. */
  const forgotten = new Set<string>()
  /** Which processes took which job out of an end: `process job`. */
  const takenUp = new Set<string>()
  const oldCode = new Set<Process>()
  const relays = new Set<Process>()
  const events = new Map<string, number>()
  const taken: Taken[] = []
  /** Items of the outbox so far, also those that were forgotten. */
  let places = 0
  let ticks = 0
  const rules = effectRules({
    now,
    writer: () => witness.writer,
    isCommitted: (job) => written.has(job) || forgotten.has(job),
    hasRun: (job) => (runs.get(job)?.length ?? 0) > 0,
    isOldCode: (process) => oldCode.has(process),
    throttled: (job) => witness.throttled.get(job) ?? 0,
  })

  const unique = uniqueRules({
    ...{ now, written, runs },
    stateOf: (job) => effectOfLife(job, effectOf(job.id))?.state,
    isPutOff(job) {
      const item = itemOf(job)
      return item?.due !== undefined && item.dueAt === item.runAt
    },
    isPutBack: (job) => witness.putBack.has(job),
  })

  const batches = batchRules({
    stateOf(id) {
      const job = written.get(id)
      return job && effectOfLife(job, effectOf(id))?.state
    },
    now,
    endOf: (id) => Date.parse(String(effectOf(id)?.finishedAt)),
    sealedAt: (id) => Date.parse((effectOf(batchKey(id).pk) as unknown as BatchItem | undefined)?.sealedAt ?? ''),
    isCalm: (id) => (written.get(id)?.writtenAt ?? 0) >= witness.calmSince,
    breaks,
    causes: () => witness.event('callback'),
  })

  const witness = {
    /** Whose write is being performed. */
    writer: undefined as Process | undefined,
    broken: broken as Broken,
    breaks,
    /** Jobs whose caller has an answer that says they were accepted. */
    accepted: new Set<string>(),
    /** Jobs whose outbox item was written, whoever knows, in the order in which they were. */
    written,
    /** Since when nothing goes wrong any more, in ms since the epoch. */
    calmSince: Number.POSITIVE_INFINITY,
    /** When a message of a job of the ordered lane was first sent, in ms since the epoch. */
    sentAt: new Map<string, number>(),
    /** Orders that were asked for, and their jobs. */
    orders: new Map<string, readonly string[]>(),
    runs,
    /** Mails by job. */
    mails: new Map<string, number>(),
    /** The keys of unique jobs that orders ask for, by order. */
    askedBy: new Map<string, string>(),
    /** A place in the row of all that happens: the driver of a model lets much happen at one time. */
    tick: () => ++ticks,
    /** A request began, and got a job that stood, or a new one. @param began its place among all that happened */
    answered(job: string, began: number, isMerged: boolean) {
      const of = written.get(job)
      if ((of?.type === 'once' || of?.type === 'calm') && of.key !== undefined)
        unique.asked(job, of.type, of.key, began)
      if (isMerged && unique.isMergedTooLate(job, began)) breaks('a request is merged into a job that stands', job)
    },
    unseen: unique.unseen,
    missingCallbacks: batches.missing,
    /** Attempts by job that said that nothing had happened. */
    notDone: new Map<string, number>(),
    /** Outside calls by job that were refused because of too many: no attempts. */
    throttled: new Map<string, number>(),
    /** Jobs that were asked for under the key of another, by the id of that one. */
    rivals: new Map<string, string>(),
    /** Jobs that lost their turn in their group: sent again, redriven or moved. */
    outOfTurn: new Set<string>(),
    /** While messages are taken away on purpose, and the jobs to which that may have happened. */
    outage: false,
    excused: new Set<string>(),
    /** Jobs that an operator took and that are not sent yet: what dies there leaves them to the reconciler. */
    unsent: new Set<string>(),
    /** Jobs that lost alone what carried them. */
    lost: new Map<string, Loss>(),
    /** When runs of the reconciler failed, or read what does not count, in ms since the epoch. */
    failedRuns: [] as number[],
    reconcilerFailed() {
      witness.failedRuns.push(now())
    },
    /** Jobs of which a person has moved a dead letter back to the lane. */
    putBack: new Set<string>(),
    /** Jobs whose dead letter was taken away, or became too old, and how often they had died by then. */
    deadLettersGone: new Map<string, number>(),
    /** Jobs that the reconciler has sent again, and when, in ms since the epoch. */
    resent: new Map<string, readonly number[]>(),
    /** Jobs that were written in the place of others, with another payload. */
    replacing: new Set<string>(),
    /** Messages that came a second time: their job and id. */
    duplicates: new Set<string>(),
    /** Processes whose code does not know the jobs. */
    oldCode,
    /** Processes of the relays. */
    relays,
    givenBack: rules.givenBack,
    /** Every change of an effect, in order, if they are to be kept. */
    taken: taken as readonly Taken[],
    /** What consumers, operators and the reconciler told, by kind. */
    events,
    event(kind: string) {
      events.set(kind, (events.get(kind) ?? 0) + 1)
    },
    changed(table: TableRole, before: Item | undefined, after: Item | undefined) {
      if (!after) return
      if (table === 'outbox') jobChanged(before, after)
      if (table === 'records') recordChanged(before, after)
      // What is no effect of a job, as the state of the reconciler, lies next to them.
      if (table === 'effects' && after.state !== undefined)
        effectChanged(before as Effect | undefined, after as unknown as Effect)
    },
    begin(process: Process, { jobId, attempt }: Pick<JobContext, 'jobId' | 'attempt'>, label?: number): () => void {
      const item = written.get(jobId)?.type === 'calm' ? itemOf(jobId) : undefined
      if (item && JSON.parse(String(item.payload)).label !== label)
        breaks('a debounced job runs with its last payload', `${jobId} with ${label}`)
      const run: Run = { attempt, process, place: witness.tick(), isOver: false }
      const earlier = runs.get(jobId) ?? []
      if (earlier.some((other) => isAtWork(other, now()))) breaks('no attempt begins while another is at work', jobId)
      const attempts = new Set([...earlier.map((other) => other.attempt), attempt])
      if (attempts.size + (witness.throttled.get(jobId) ?? 0) <= earlier.length)
        breaks('each run is an attempt of its own', jobId)
      if (now() < dueAt(written.get(jobId)) - clocksDiffer) breaks('no job runs before its time', jobId)
      runs.set(jobId, [...earlier, run])
      return () => {
        run.isOver = true
      }
    },
    /** A message of a job is in the queue of a lane. */
    sent(lane: string, id: string) {
      witness.unsent.delete(id)
      if (lane !== 'ordered' || witness.sentAt.has(id)) return
      witness.sentAt.set(id, now())
      if (now() < dueAt(written.get(id)) - 2 * clocksDiffer)
        breaks('on an ordered lane no job is sent before its time', id)
    },
    deadLetterSent(id: string, deaths: number) {
      // An operator may have brought the job back in the moment before.
      if ((effectOf(id)?.deaths ?? 0) < deaths) breaks('a dead letter is sent only of a job that has died', id)
    },
    /** An operator's process is about to send a job. */
    sentByOperator(process: Process, id: string) {
      if (!takenUp.has(`${process.number} ${id}`))
        breaks('of operators at the same time, the one that takes a job sends it', id)
    },
    /** SQS moves a message to the dead-letter queue by itself. */
    moved(id: string) {
      witness.outOfTurn.add(id)
    },
    /** The stream has forgotten a job before it was relayed. */
    trimmed(id: string) {
      witness.outOfTurn.add(id)
      witness.excused.add(id)
    },
    /** A person moves a dead letter back to its lane. */
    movedBack(id: string) {
      witness.outOfTurn.add(id)
      witness.putBack.add(id)
    },
    /** A queue has kept a message for as long as it may. It may have been a dead letter, or about to bring one. */
    expired(id: string) {
      witness.excused.add(id)
      witness.deadLetterGone(id)
    },
    deadLetterGone(id: string) {
      witness.deadLettersGone.set(id, effectOf(id)?.deaths ?? 0)
    },
    threw(error: unknown) {
      if (/TypeError|Validation/.test(String(error))) breaks('no function fails by a fault of its own', String(error))
    },
    /** All of a job but its effect is forgotten: its id may have a second life. */
    forget(id: string) {
      forgotten.add(id)
      unique.forget(written.get(id)?.key)
      unique.endedAt.delete(id)
      rules.forget(id)
      const { accepted, excused, outOfTurn, putBack, deadLettersGone } = witness
      for (const ids of [accepted, excused, outOfTurn, putBack]) ids.delete(id)
      for (const byId of [
        deadLettersGone,
        written,
        runs,
        witness.sentAt,
        witness.mails,
        witness.notDone,
        witness.throttled,
      ])
        byId.delete(id)
    },
  }

  function jobChanged(before: Item | undefined, after: Item): void {
    if (!before) {
      inserted(writtenOf(after, now(), places++))
      batches.inserted(after)
    } else if (before.runAt !== after.runAt) putOff(String(after.id), String(after.runAt))
    if (before?.due !== undefined && after.debounced === true) judgeRelease(after)
  }

  function inserted(job: Written): void {
    written.set(job.id, job)
    if (job.replayOf !== undefined) replaces(job.id, job.replayOf)
    judgeSole(job)
    for (const other of unique.waiting(job))
      breaks('of the debounced jobs of a key, one waits at a time', `${job.id} next to ${other.id}`)
  }

  function replaces(id: string, other: string): void {
    witness.replacing.add(id)
    if (effectOf(other)?.replayedAs !== id)
      breaks('a job with another payload is written together with the end of the one that it replaces', id)
  }

  /** Another request was merged into a debounced job. */
  function putOff(id: string, runAt: string): void {
    const job = written.get(id)
    if (job) written.set(id, { ...job, runAt })
    witness.event('put off')
  }

  function judgeRelease({ id, dueAt: due, releasedAt }: Item): void {
    if (releasedAt !== undefined && now() < Date.parse(String(due)) - clocksDiffer)
      breaks('a debounced job is not released before its time', String(id))
  }

  function judgeSole(job: Written | undefined): void {
    const others = job ? unique.others(job) : []
    if (others.length > 0)
      breaks(
        'of the jobs of a key that are unique until finished, one has not finished at a time',
        `${job?.id} next to ${others.map(({ id }) => id).join(', ')}`,
      )
  }

  function recordChanged(before: Item | undefined, after: Item): void {
    const asks = before === undefined ? witness.askedBy.get(String(after.id)) : undefined
    if (asks !== undefined) unique.asked(String(after.id), 'once', asks, witness.tick())
    if (after._kind === counter.name && Number(after.count) > 1)
      breaks('an effect happens once if the job succeeded, else never', String(after.pk))
    if (!isReadable(after)) breaks('a record can be read under its own key', String(after.pk))
  }

  function effectChanged(before: Effect | undefined, after: Effect): void {
    // The reconciler keeps it longer, or its attempt says how far it is; nothing else changes.
    if (before?.state === after.state && isSameBut(before, after)) {
      const isReport = after.progress?.at !== before.progress?.at
      if (isReport && !rules.isHeldBy(after.pk, witness.writer)) breaks('a zombie never commits', after.pk)
      return
    }
    if (keepsArrows) taken.push({ job: after.pk, arrow: arrowOf(before, after) })
    endOrReturn(before, after)
    for (const promise of rules.broken(before, after)) breaks(promise, `${after.pk} (${arrowOf(before, after)})`)
    if (after.state === 'retrying' && (before?.state === 'dead' || before?.state === 'cancelled')) {
      takenUp.add(`${witness.writer?.number} ${after.pk}`)
      witness.unsent.add(after.pk)
    }
  }
  /** A job has ended, or somebody has brought it back. */
  function endOrReturn(before: Effect | undefined, { pk, state }: Effect): void {
    const job = written.get(pk)
    if (state === 'succeeded' && job?.asks !== undefined) unique.asked(pk, 'once', job.asks, witness.tick())
    if (isEnd(state)) unique.endedAt.set(pk, witness.tick())
    else if (before && isEnd(before.state)) {
      unique.endedAt.delete(pk)
      // A claim that leaves an end begins another life of the id, or is of a dead letter that was moved back.
      if (state === 'retrying') judgeSole(job)
    }
  }
  return witness
}

/** A process that died says nothing: it counts until its invocation would have ended. */
function isAtWork({ process, isOver }: Run, now: number): boolean {
  return !isOver && now <= process.deadline
}

function isSameBut(before: Effect, after: Effect): boolean {
  const rest = ({ expiresAt, progress, ...rest }: Effect) => rest
  return JSON.stringify(rest(before)) === JSON.stringify(rest(after))
}

/** Whether its type can read a record, and would look for it where it is. */
function isReadable(item: Item): boolean {
  const type = recordTypes.get(String(item._kind))
  if (!type) return true
  try {
    const { pk, sk } = recordKey(type, recordIn(type, item))
    return pk === item.pk && sk === item.sk
  } catch {
    return false
  }
}
