/** What the world saw, noted as it happens, apart from what the product says of itself. */
import type { JobContext } from '../../../shared/define/job.ts'
import type { Item } from '../../../shared/lib/write.ts'
import type { Judged } from '../../support/order.ts'
import type { Process } from './process.ts'

/** One start of a job's `run`. */
export interface Run {
  readonly attempt: number
  readonly process: Process
  isOver: boolean
}

export interface Witness {
  /** Jobs whose caller has an answer that says they were accepted. */
  readonly accepted: Set<string>
  /** Jobs whose outbox item was written, whoever knows, in the order in which they were. */
  readonly committed: Set<string>
  /** The same jobs, as a judge of their order and their times knows them. */
  readonly written: Map<string, Judged>
  /** Since when nothing goes wrong any more, in ms since the epoch. */
  calmSince: number
  /** When a message of a job of the ordered lane was first sent, in ms since the epoch. */
  readonly sentAt: Map<string, number>
  /** When a job first ran, in ms since the epoch. */
  readonly ranAt: Map<string, number>
  /** Orders that were asked for, and their jobs. */
  readonly orders: Map<string, readonly string[]>
  readonly runs: Map<string, Run[]>
  /** Runs that began while an earlier one of the job, not a zombie's, was at work. */
  readonly overlaps: string[]
  /** Mails by job. */
  readonly mails: Map<string, number>
  /** Attempts by job that said that nothing had happened. */
  readonly notDone: Map<string, number>
  /** Jobs that were asked for under the key of another, by the id of that one. */
  readonly rivals: Map<string, string>
  /** Jobs that lost their turn in their group: sent again, redriven or moved. */
  readonly outOfTurn: Set<string>
  /** While messages are taken away on purpose, and the jobs to which that may have happened. */
  outage: boolean
  readonly excused: Set<string>
  /** Jobs that an operator took, or tried to, and has not sent: what dies there leaves them to the reconciler. */
  readonly unsent: Set<string>
  /** Jobs whose message was neither in a queue nor taken away on purpose when the reconciler came. */
  readonly unexplained: string[]
  /** Jobs that the reconciler sent again although a message of them waited in the lane. */
  readonly sentAgain: string[]
  /** Jobs that lost alone what carried them, and until when the reconciler must have found them, in ms since the epoch. */
  readonly lost: Map<string, number>
  /** Jobs of which a person has moved a dead letter back to the lane. */
  readonly putBack: Set<string>
  /** Jobs whose dead letter was in the queue of a lane that was removed. */
  readonly deadLettersGone: Set<string>
  /** Jobs that the reconciler has sent again. */
  readonly resentJobs: Set<string>
  /** Those that it found later. */
  readonly foundLate: string[]
  /** Events of consumers and the reconciler, by kind. */
  readonly events: Map<string, number>
  begin(process: Process, context: JobContext, now: number): () => void
  event(kind: string): void
  /** An outbox item was written. */
  wrote(item: Item, now: number): void
  sent(id: string, now: number): void
  /** The reconciler sends a job again. */
  resent(id: string, now: number): void
}

export function createWitness(): Witness {
  const runs = new Map<string, Run[]>()
  const overlaps: string[] = []
  const events = new Map<string, number>()
  const lost = new Map<string, number>()
  const foundLate: string[] = []
  const outOfTurn = new Set<string>()
  const resentJobs = new Set<string>()
  const committed = new Set<string>()
  const written = new Map<string, Judged>()
  const [sentAt, ranAt] = [new Map<string, number>(), new Map<string, number>()]
  return {
    accepted: new Set(),
    committed,
    written,
    sentAt,
    ranAt,
    orders: new Map(),
    runs,
    overlaps,
    mails: new Map(),
    notDone: new Map(),
    rivals: new Map(),
    outage: false,
    calmSince: Number.POSITIVE_INFINITY,
    excused: new Set(),
    unsent: new Set(),
    unexplained: [],
    sentAgain: [],
    lost,
    foundLate,
    outOfTurn,
    resentJobs,
    putBack: new Set(),
    deadLettersGone: new Set(),
    events,
    begin(process, { jobId, attempt }, now) {
      const run: Run = { attempt, process, isOver: false }
      if (!ranAt.has(jobId)) ranAt.set(jobId, now)
      const earlier = runs.get(jobId) ?? []
      if (earlier.some((other) => isAtWork(other, now))) overlaps.push(jobId)
      runs.set(jobId, [...earlier, run])
      return () => {
        run.isOver = true
      }
    },
    wrote(item, now) {
      const { id, runAt, createdAt, seq } = item as unknown as Judged
      committed.add(id)
      if (!written.has(id)) written.set(id, { id, runAt, createdAt, seq, writtenAt: now, place: written.size })
    },
    sent(id, now) {
      if (!sentAt.has(id)) sentAt.set(id, now)
    },
    event(kind) {
      events.set(kind, (events.get(kind) ?? 0) + 1)
    },
    resent(id, now) {
      outOfTurn.add(id)
      resentJobs.add(id)
      if (now > (lost.get(id) ?? Number.POSITIVE_INFINITY)) foundLate.push(id)
      lost.delete(id)
    },
  }
}

function isAtWork({ process, isOver }: Run, now: number): boolean {
  return !isOver && process.isAlive && !process.isZombie && now <= process.deadline
}
