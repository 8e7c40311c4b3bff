/** The registry: job types and lanes by name, checked against each other. */
import { laneCollision } from '../lib/names.ts'
import { DefinitionError } from './errors.ts'
import type { JobType } from './job.ts'
import type { Lane } from './lane.ts'
import { anObject, shown } from './options.ts'

/** What an application consists of, for the core: its job types and its lanes, by name. */
export interface Registry {
  readonly jobs: ReadonlyMap<string, JobType>
  readonly lanes: ReadonlyMap<string, Lane>
}

/** Builds the registry. Throws, and so fails the synth and every start, when types and lanes do not fit together. */
export function defineRegistry(jobs: readonly JobType[], lanes: readonly Lane[]): Registry {
  const registry = {
    jobs: byName('jobs', 'defineJob', jobs, 'type'),
    lanes: byName('lanes', 'defineLane', lanes, 'name'),
  }
  const collision = laneCollision(lanes)
  if (collision) throw new DefinitionError(collision)
  for (const job of jobs) {
    const problem = laneMismatch(job, registry.lanes.get(job.lane), registry.lanes.keys())
    if (problem) throw new DefinitionError(`Job type "${job.type}": ${problem}`)
  }
  return registry
}

function laneMismatch(job: JobType, lane: Lane | undefined, names: Iterable<string>): string | undefined {
  if (!lane) return `its lane "${job.lane}" is not among the lanes of the application: ${[...names].join(', ')}`
  if (job.group && lane.kind !== 'ordered')
    return `it has a group, which needs an ordered lane; "${lane.name}" is standard`
  if (job.debounce && lane.kind === 'ordered') return `it has a debounce, ${noDebounce(lane.name)}`
  return timeoutProblem(job, lane)
}

/** Why a job of a lane cannot be debounced, after a comma. */
export function noDebounce(lane: string): string {
  return `which needs a standard lane; on "${lane}", which is ordered, a job keeps the place that its first request gave it`
}

/** Why an attempt of a type does not fit into an invocation of a lane's consumer; `undefined` if it does. */
export function timeoutProblem(job: Pick<JobType, 'timeLimitSeconds'>, lane: Lane): string | undefined {
  return job.timeLimitSeconds > lane.timeoutSeconds - 2
    ? `its time limit of ${job.timeLimitSeconds} s does not fit into lane "${lane.name}", which ends after ${lane.timeoutSeconds} s (2 s are kept for the commit)`
    : undefined
}

/** Definitions by name. A member that no define function made is most often a module without its default export. */
export function byName<T extends object>(
  list: string,
  by: string,
  values: readonly T[],
  name: keyof T & string,
): Map<string, T> {
  if (!Array.isArray(values))
    throw new DefinitionError(`${list} is ${shown(values)}; it must be a list of what ${by} returns.`)
  const map = new Map<string, T>()
  for (const [index, value] of values.entries()) {
    const key = anObject.is(value) ? value[name] : undefined
    if (typeof key !== 'string')
      throw new DefinitionError(
        `${list}[${index}] is ${shown(value)}; it must be what ${by} returns. Is the default export of its module missing?`,
      )
    if (map.has(key)) throw new DefinitionError(`Two of ${list} have the same ${name} "${key}": rename one.`)
    map.set(key, value)
  }
  return map
}
