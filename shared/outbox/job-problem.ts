/** Problems of a requested job, found before anything is written. */
import type { z } from 'zod'
import {
  debounceOf,
  groupOf,
  type JobRequest,
  readGroup,
  readLimitKey,
  readTenant,
  readUniqueKey,
} from '../define/job.ts'
import type { Lane } from '../define/lane.ts'
import { shown } from '../define/options.ts'
import { noDebounce, type Registry, timeoutProblem } from '../define/registry.ts'
import { tenantPattern } from '../define/tenant.ts'
import { groupIn, groupPattern, isJobId } from '../lib/id.ts'
import { jsonFlaw } from '../lib/json-exact.ts'

export { deepestPayload, isNestedDeeper, tooDeep } from '../lib/json-exact.ts'

/** A year ahead is as far as a job may be planned, a minute back as far as a clock may be wrong. ms. */
const furthest = 366 * 86_400_000
const longestPast = 60_000

/** A problem of an input, such as a requested job or the body of a request. */
export interface Problem {
  /** Path to the value: `items.0.price`, `payload.email`; `''` for the input as a whole. */
  readonly path: string
  /** Description of the problem, in one sentence that follows the path. */
  readonly message: string
}

/**
 * Problems of a requested job; empty if there are none. Asked before anything is written: what passes here, relay and
 * consumer can read (`envelopeSchema`), and DynamoDB and SQS take.
 *
 * @param hops 0 for a request from outside, which may not ask for a time long past; for the job of a job that means now
 */
export function jobProblems(job: JobRequest, registry: Registry, now: Date, hops = 0): Problem[] {
  const { type } = job.job
  if (!registry.jobs.has(type)) {
    const known = [...registry.jobs.keys()].join(', ')
    return [
      {
        path: 'type',
        message: `${shown(type)} is not a job type of the application, so nothing would run it (known: ${known})`,
      },
    ]
  }
  const payload = payloadProblems(job)
  if (payload.length > 0) return payload
  const lane = laneProblems(job, registry)
  return [
    ...unknownOptions(job),
    ...keyProblems(job),
    ...(lane.length > 0 ? lane : idProblems(job)),
    ...tenantProblems(job),
    ...timeProblems(job, now, hops),
  ]
}

const options = ['job', 'payload', 'id', 'lane', 'group', 'tenant', 'runAt']

/** A misspelt option of untyped code would be none: a job that is to run tomorrow would run today. */
function unknownOptions(job: JobRequest): Problem[] {
  return Object.entries(job)
    .filter(([option, value]) => value !== undefined && !options.includes(option))
    .map(([option]) => ({
      path: option.toWellFormed(),
      message: `is not an option of a job (known: ${options.slice(3).join(', ')})`,
    }))
}

/** A payload is judged by its JSON, which is what the job will read when it runs. */
function payloadProblems({ job, payload }: JobRequest): Problem[] {
  const flaw = jsonFlaw(payload)
  if (flaw) return [{ path: below('payload', flaw.path), message: flaw.message }]
  try {
    const parsed = job.schema.safeParse(JSON.parse(JSON.stringify(payload)))
    return parsed.success ? [] : parsed.error.issues.map((issue) => problemOf(issue, 'payload'))
  } catch (error) {
    return [{ path: 'payload', message: `cannot be checked: the schema of "${job.type}" threw ${reasonOf(error)}` }]
  }
}

function below(prefix: string, path: string): string {
  return path === '' ? prefix : `${prefix}.${path}`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : shown(error)
}

/** A zod issue as a problem, below `prefix` if given. */
export function problemOf(issue: z.core.$ZodIssue, prefix?: string): Problem {
  const path = [...(prefix === undefined ? [] : [prefix]), ...issue.path.map(String)]
  return { path: path.join('.'), message: issue.message }
}

function laneProblems(job: JobRequest, registry: Registry): Problem[] {
  const name = job.lane ?? job.job.lane
  const lane = registry.lanes.get(name)
  if (!lane) {
    const message = `${shown(name)} is not a lane (known: ${[...registry.lanes.keys()].join(', ')})`
    return [{ path: 'lane', message }]
  }
  if (lane.kind === 'ordered' && debounceOf(job) !== undefined)
    return [{ path: 'lane', message: `"${job.job.type}" has a debounce, ${noDebounce(name)}` }]
  const problem = timeoutProblem(job.job, lane)
  return problem
    ? [{ path: 'lane', message: `"${job.job.type}" cannot run there: ${problem}` }]
    : groupProblems(job, lane)
}

function groupProblems(job: JobRequest, lane: Lane): Problem[] {
  const fromPayload = job.group === undefined ? readGroup(job) : { value: job.group }
  const message =
    'error' in fromPayload
      ? `cannot be read: group() of "${job.job.type}" threw ${reasonOf(fromPayload.error)}`
      : groupMessage(fromPayload.value, lane)
  return message === undefined ? [] : [{ path: 'group', message }]
}

function groupMessage(group: unknown, { name, kind }: Lane): string | undefined {
  if (kind === 'standard')
    return group === undefined ? undefined : `a group needs an ordered lane; "${name}" is standard`
  if (group === undefined)
    return `is missing: lane "${name}" is ordered, where jobs of one group run one after the other`
  return typeof group === 'string' && groupPattern.test(group)
    ? undefined
    : `is ${shown(group)}; it must be 1 to 64 of A-Z a-z 0-9 _ . : @ + = -. Encode other text, for example with Buffer.from(text).toString('base64url')`
}

function keyProblems(job: JobRequest): Problem[] {
  const [limit, unique] = [readLimitKey(job), readUniqueKey(job)]
  return [
    ...('error' in limit ? [{ path: 'payload', message: `has no rate limit: ${reasonOf(limit.error)}` }] : []),
    ...('error' in unique
      ? [
          {
            path: 'payload',
            message: `has no ${job.job.debounce ? 'key for its debounce' : 'unique key'}: ${reasonOf(unique.error)}`,
          },
        ]
      : []),
  ]
}

/** The id must have the group in front: both keys of the outbox item follow from the id, and the order from the keys. */
function idProblems(job: JobRequest): Problem[] {
  const { id } = job
  if (id === undefined) return []
  const group = groupOf(job)
  if (typeof id !== 'string' || !isJobId(id)) {
    const form = group === undefined ? 'a UUID in lower case' : `"${group}~" and a UUID in lower case`
    return [
      { path: 'id', message: `is ${shown(id)}; it must be ${form}. Leave it out, or derive it from your own key` },
    ]
  }
  return groupIn(id) === group
    ? []
    : [
        {
          path: 'id',
          message: `is ${shown(id)}, whose group is ${shown(groupIn(id))}; the group of the job is ${shown(group)}`,
        },
      ]
}

/** A tenant that the type reads from data always fits, see `tenantOf`; the caller's own must. */
function tenantProblems(job: JobRequest): Problem[] {
  if (job.tenant !== undefined) {
    return typeof job.tenant === 'string' && tenantPattern.test(job.tenant)
      ? []
      : [
          {
            path: 'tenant',
            message: `is ${shown(job.tenant)}; it must be 1 to 128 printable ASCII characters without spaces`,
          },
        ]
  }
  const tenant = readTenant(job)
  if ('error' in tenant) {
    return [
      { path: 'tenant', message: `cannot be read: tenant() of "${job.job.type}" threw ${reasonOf(tenant.error)}` },
    ]
  }
  return tenant.value === undefined || typeof tenant.value === 'string'
    ? []
    : [
        {
          path: 'tenant',
          message: `tenant() of "${job.job.type}" returned ${shown(tenant.value)}; it must return text or undefined`,
        },
      ]
}

function timeProblems(job: JobRequest, now: Date, hops: number): Problem[] {
  const { runAt } = job
  if (runAt === undefined) return []
  const seconds = debounceOf(job)
  if (seconds !== undefined) {
    const message = `cannot be set: "${job.job.type}" is debounced, and runs ${seconds} s after the last request; leave out runAt and delaySeconds`
    return [{ path: 'runAt', message }]
  }
  const ahead = runAt instanceof Date ? runAt.getTime() - now.getTime() : Number.NaN
  if (Number.isNaN(ahead))
    return [
      {
        path: 'runAt',
        message: `is ${runAt instanceof Date ? 'an invalid Date' : shown(runAt)}; it must be a valid Date`,
      },
    ]
  if (ahead > furthest) return [{ path: 'runAt', message: 'is more than a year ahead; at most 366 days are allowed' }]
  return ahead < -longestPast && hops === 0 ? [{ path: 'runAt', message: 'is more than a minute in the past' }] : []
}

/** All problems in one line. */
export function problemLine(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
}
