/** The plan: the writes of a change. */
import { membersOf, type PlannedBatches, placeBatches } from '../batch/in-change.ts'
import { jobsOf, planBatches } from '../batch/plan.ts'
import type { SeatsByPlace } from '../batch/seats.ts'
import { ChangeRefusedError } from '../define/errors.ts'
import { debounceOf, type JobRequest, withIds } from '../define/job.ts'
import { recordWrite } from '../define/record.ts'
import type { Registry } from '../define/registry.ts'
import type { Ids } from '../lib/id.ts'
import { uniqueItemKey } from '../lib/names.ts'
import { transactionProblem, utf8, type Write } from '../lib/write.ts'
import type { Change } from './change.ts'
import { type Origin, type OutboxInsert, outboxWrite } from './envelope.ts'
import { jobProblems, problemLine } from './job-problem.ts'
import { type Taker, takeKeyWrite } from './unique/key-item.ts'

/** Longest chain of jobs that cause jobs. It ends runaway loops; a longer chain is better written as a schedule. */
export const maxHops = 16

/** The writes of a change, and the jobs as they will be known. */
export interface Plan {
  /** Writes, if no unique job stands already: without the keys that are taken. */
  readonly writes: readonly Write[]
  readonly jobs: readonly PlannedJob[]
  /** The write of the effect that the change belongs to. */
  readonly completion?: Write
  /** Time of the writes. */
  readonly createdAt: Date
  /** Unique and debounced jobs, of each key one. */
  readonly unique: readonly UniqueJob[]
  /** The other jobs of these keys, which are not written: their positions, and that of the one that is. */
  readonly twins: ReadonlyMap<number, number>
  readonly batches: PlannedBatches
}

/** What a change is planned with. */
export interface PlanContext {
  readonly origin: Origin
  readonly registry: Registry
  readonly ids: Ids
  /** The write of the effect that the change belongs to. */
  readonly completion?: Write
  /** What the ids of new batches follow from. @default - the id of the change */
  readonly seed?: string
  /** Seats of the members that are added to batches (`takeSeats`). @default - none */
  readonly seats?: SeatsByPlace
}

type PlannedJob = JobRequest & { readonly id: string }

/** A unique job of a plan. */
export interface UniqueJob {
  /** Its position among the jobs of the change. */
  readonly place: number
  /** The insert of its outbox item. */
  readonly write: Extract<Write, { op: 'put' }>
  readonly taker: Taker
  /** Its start time. */
  readonly start: Date
  /** Whether a request is merged by a write to the outbox item of the job that stands. */
  readonly isDebounced: boolean
}

/**
 * Turns a change into writes: first the completion of the effect it belongs to, if any, then records, then outbox items.
 *
 * @param changeId what the ids of its jobs follow from
 * @throws ChangeRefusedError when it can never be committed as it is; nothing was written
 */
export function plan(
  change: Change,
  changeId: string,
  { origin, registry, ids, completion, seed = changeId, seats = new Map() }: PlanContext,
): Plan {
  const asked = withIds(jobsOf(change), changeId, ids)
  for (const job of asked) refuseBadJob(job, origin, registry)
  const jobs = asked.map((job) => debounced(notBeforeNow(job, origin), origin.now))
  const records = (change.records ?? []).map(recordWrite)
  const record = origin.record ?? recordOf(change, records)
  const first = jobs.length > 1 ? jobs[0]?.id.slice(-changeName) : undefined
  const planned = planBatches(change, { origin: { ...origin, record }, registry, ids, seed, seats })
  const members = membersOf(planned)
  const items = jobs.map((job, seq) =>
    outboxWrite(job, { ...origin, record }, registry, { seq, change: first, batch: members.get(seq) }),
  )
  const { unique, twins } = uniqueJobs(jobs, items, origin.now)
  const caused = [...records, ...items.filter((_, place) => !twins.has(place))]
  const own = completion ? [completion] : []
  const keys = unique.map(({ taker, start }) => takeKeyWrite(taker, start, '', undefined))
  const left = new Set(twins.keys())
  const batches = placeBatches([...own, ...caused, ...keys], {
    planned,
    jobs,
    change,
    changeId,
    ids,
    seed,
    left,
    origin,
  })
  const problem = transactionProblem([...caused, ...batches.writes(left), ...keys], own)
  if (problem) throw new ChangeRefusedError(keys.length > 0 ? `${problem} (a unique job is two writes)` : problem)
  return { writes: [...own, ...caused], jobs, completion, createdAt: origin.now, unique, twins, batches }
}

/** The unique jobs of a change. Of several with one key, the first is written; if they are debounced, the last. */
function uniqueJobs(jobs: readonly PlannedJob[], items: readonly OutboxInsert[], now: Date) {
  const all = jobs.flatMap(({ id: jobId, job, runAt }, place): UniqueJob[] => {
    const write = items[place] as OutboxInsert
    const { uniqueKey, createdAt } = write.item
    const unique = job.unique ?? (job.debounce && ({ until: 'started' } as const))
    if (!unique || typeof uniqueKey !== 'string') return []
    const pk = uniqueItemKey(job.type, uniqueKey)
    const taker = { pk, jobId, createdAt: String(createdAt), runAt: runAt?.toISOString(), unique }
    return [{ place, write, taker, start: runAt ?? now, isDebounced: job.debounce !== undefined }]
  })
  const keys = [...Map.groupBy(all, ({ taker }) => taker.pk).values()].map((ofKey) => {
    const standing = (ofKey[0]?.isDebounced ? ofKey.at(-1) : ofKey[0]) as UniqueJob
    return { standing, others: ofKey.filter((job) => job !== standing) }
  })
  const twins = keys.flatMap(({ standing, others }) => others.map(({ place }) => [place, standing.place] as const))
  return { unique: keys.map(({ standing }) => standing), twins: new Map(twins) }
}

/** Characters of its first job's id that tell a change from others of the same millisecond. */
const changeName = 12

/** Longer than any id that this project makes; a longer one is not worth the room in every item. */
const longestRecord = 200

/** The record that the jobs of a change are about: the first that it creates, if it has an id. */
function recordOf({ records = [] }: Change, writes: readonly Write[]): string | undefined {
  const place = records.findIndex(({ kind }) => kind === 'create')
  const write = writes[place]
  const id = write?.op === 'put' ? write.item.id : undefined
  const reference = typeof id === 'string' ? `${records[place]?.record.name}/${id}` : undefined
  return reference !== undefined && utf8(reference) <= longestRecord ? reference : undefined
}

/**
 * A job of a job may be meant for a time that passed while its cause waited or was tried again: it runs at once. Refused, it
 * would make its cause a dead letter, and every redrive of it again.
 */
function notBeforeNow<J extends JobRequest>(job: J, { now, hops }: Origin): J {
  if (hops === 0 || job.runAt === undefined || job.runAt > now) return job
  const { runAt, ...rest } = job
  return rest as J
}

/** A debounced job runs a while after its request. */
function debounced<J extends JobRequest>(job: J, now: Date): J {
  const seconds = debounceOf(job)
  return seconds === undefined ? job : { ...job, runAt: new Date(now.getTime() + seconds * 1_000) }
}

function refuseBadJob(job: JobRequest, origin: Origin, registry: Registry): void {
  if (origin.hops > maxHops) {
    throw new ChangeRefusedError(
      `"${job.job.type}" would be job ${origin.hops} of a chain, which ends at ${maxHops}: jobs seem to cause each other without end`,
    )
  }
  const problems = jobProblems(job, registry, origin.now, origin.hops)
  if (problems.length > 0) throw new ChangeRefusedError(`job "${job.job.type}": ${problemLine(problems)}`, { problems })
}
