/** The plan: the writes of a change. */
import { ChangeRefusedError } from '../define/errors.ts'
import { type JobRequest, withIds } from '../define/job.ts'
import { recordWrite } from '../define/record.ts'
import type { Registry } from '../define/registry.ts'
import type { Ids } from '../lib/id.ts'
import { transactionProblem, utf8, type Write } from '../lib/write.ts'
import type { Change } from './change.ts'
import { type Origin, outboxWrite } from './envelope.ts'
import { jobProblems, problemLine } from './job-problem.ts'

/** Longest chain of jobs that cause jobs. It ends runaway loops; a longer chain is better written as a schedule. */
export const maxHops = 16

/** The writes of a change, and the jobs as they will be known. */
export interface Plan {
  readonly writes: readonly Write[]
  readonly jobs: readonly (JobRequest & { readonly id: string })[]
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
  { origin, registry, ids, completion }: { origin: Origin; registry: Registry; ids: Ids; completion?: Write },
): Plan {
  const asked = withIds(change.jobs ?? [], changeId, ids)
  for (const job of asked) refuseBadJob(job, origin, registry)
  const jobs = asked.map((job) => notBeforeNow(job, origin))
  const records = (change.records ?? []).map(recordWrite)
  const record = origin.record ?? recordOf(change, records)
  const first = jobs.length > 1 ? jobs[0]?.id.slice(-changeName) : undefined
  const caused = [
    ...records,
    ...jobs.map((job, seq) => outboxWrite(job, { ...origin, record }, registry, { seq, change: first })),
  ]
  const own = completion ? [completion] : []
  const problem = transactionProblem(caused, own)
  if (problem) throw new ChangeRefusedError(problem)
  return { writes: [...own, ...caused], jobs }
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

function refuseBadJob(job: JobRequest, origin: Origin, registry: Registry): void {
  if (origin.hops > maxHops) {
    throw new ChangeRefusedError(
      `"${job.job.type}" would be job ${origin.hops} of a chain, which ends at ${maxHops}: jobs seem to cause each other without end`,
    )
  }
  const problems = jobProblems(job, registry, origin.now, origin.hops)
  if (problems.length > 0) throw new ChangeRefusedError(`job "${job.job.type}": ${problemLine(problems)}`, { problems })
}
