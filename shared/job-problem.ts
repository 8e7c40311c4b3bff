import type { z } from 'zod'
import { groupPattern } from './id.ts'
import { groupOf, type JobRequest, tenantOf } from './job.ts'
import type { Registry } from './registry.ts'

/** A year ahead is as far as a job may be planned, a minute back as far as a clock may be wrong. ms. */
const furthest = 366 * 86_400_000
const longestPast = 60_000

/** Levels of a payload. All that read and write JSON recurse, each with a stack of its own; what one takes, another might not. */
export const deepestPayload = 100
export const tooDeep = `is nested deeper than ${deepestPayload} levels`

/** Whether a value has more than some levels of objects and lists. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeper(inner, levels - 1))
}

/** One thing that is wrong with a requested job; `path` leads to it in `{payload, lane, group, tenant, runAt}`. */
export interface Problem {
  readonly path: string
  readonly message: string
}

/** What is wrong with a requested job; empty if nothing is. Asked before anything is written. */
export function jobProblems(job: JobRequest, registry: Registry, now: Date): Problem[] {
  const text = jsonOf(job.payload)
  if (text === undefined) return [{ path: 'payload', message: 'is not JSON: a job carries its payload as JSON' }]
  if (isNestedDeeper(job.payload, deepestPayload)) return [{ path: 'payload', message: tooDeep }]
  const payload = job.job.schema.safeParse(JSON.parse(text))
  if (!payload.success) return payload.error.issues.map((issue) => problemOf(issue, 'payload'))
  return [...laneProblems(job, registry), ...tenantProblems(job), ...timeProblems(job, now)]
}

/** What the job will read when it runs; `undefined` for what JSON cannot carry. */
function jsonOf(payload: unknown): string | undefined {
  try {
    return JSON.stringify(payload)
  } catch {
    return undefined
  }
}

/** A zod issue as a problem, below `prefix` if given. */
export function problemOf(issue: z.core.$ZodIssue, prefix?: string): Problem {
  const path = [...(prefix === undefined ? [] : [prefix]), ...issue.path.map(String)]
  return { path: path.join('.'), message: issue.message }
}

function laneProblems(job: JobRequest, registry: Registry): Problem[] {
  const name = job.lane ?? job.job.lane
  const lane = registry.lanes.get(name)
  const group = groupOf(job)
  if (!lane) {
    return [{ path: 'lane', message: `"${name}" is no lane; there are ${[...registry.lanes.keys()].join(', ')}` }]
  }
  if (job.job.timeLimitSeconds > lane.timeoutSeconds - 2) {
    return [
      {
        path: 'lane',
        message: `"${job.job.type}" may run ${job.job.timeLimitSeconds} s, longer than lane "${name}" allows`,
      },
    ]
  }
  if (lane.kind === 'standard' && group !== undefined) {
    return [{ path: 'group', message: `a group needs an ordered lane; "${name}" is standard` }]
  }
  if (lane.kind === 'ordered' && group === undefined) {
    return [
      {
        path: 'group',
        message: `lane "${name}" is ordered and needs a group: jobs of one group run one after the other`,
      },
    ]
  }
  if (group !== undefined && !groupPattern.test(group)) {
    return [{ path: 'group', message: 'must be 1 to 64 of A-Z a-z 0-9 _ . : @ + = -' }]
  }
  return []
}

function tenantProblems(job: JobRequest): Problem[] {
  const tenant = tenantOf(job)
  return tenant === undefined || /^[\x21-\x7e]{1,128}$/.test(tenant)
    ? []
    : [{ path: 'tenant', message: 'must be 1 to 128 printable ASCII characters without spaces' }]
}

function timeProblems({ runAt }: JobRequest, now: Date): Problem[] {
  if (runAt === undefined) return []
  const ahead = runAt.getTime() - now.getTime()
  if (Number.isNaN(ahead)) return [{ path: 'runAt', message: 'is no time' }]
  if (ahead > furthest) return [{ path: 'runAt', message: 'is more than a year ahead' }]
  return ahead < -longestPast ? [{ path: 'runAt', message: 'is more than a minute in the past' }] : []
}

/** All problems in one line. */
export function problemLine(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
}
