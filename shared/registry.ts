import { DefinitionError } from './errors.ts'
import type { JobType } from './job.ts'
import type { Lane } from './lane.ts'

/** What an application consists of, for the core: its job types and its lanes, by name. */
export interface Registry {
  readonly jobs: ReadonlyMap<string, JobType>
  readonly lanes: ReadonlyMap<string, Lane>
}

/** Builds the registry. Throws, and so fails the synth and every start, when types and lanes do not fit together. */
export function defineRegistry(jobs: readonly JobType[], lanes: readonly Lane[]): Registry {
  const registry = { jobs: byName(jobs, (j) => j.type, 'job type'), lanes: byName(lanes, (l) => l.name, 'lane') }
  for (const job of jobs) {
    const problem = laneProblem(job, registry.lanes.get(job.lane), registry.lanes.keys())
    if (problem) throw new DefinitionError(`Job type "${job.type}": ${problem}`)
  }
  return registry
}

function laneProblem(job: JobType, lane: Lane | undefined, names: Iterable<string>): string | undefined {
  if (!lane) return `its lane "${job.lane}" is not among the lanes of the application: ${[...names].join(', ')}`
  if (job.group && lane.kind !== 'ordered')
    return `it has a group, which needs an ordered lane; "${lane.name}" is standard`
  if (job.timeLimitSeconds > lane.timeoutSeconds - 2) {
    return `its time limit of ${job.timeLimitSeconds} s does not fit into lane "${lane.name}", which ends after ${lane.timeoutSeconds} s (2 s are kept for the commit)`
  }
  return undefined
}

function byName<T>(values: readonly T[], name: (value: T) => string, what: string): Map<string, T> {
  const map = new Map(values.map((value) => [name(value), value]))
  if (map.size !== values.length)
    throw new DefinitionError(`Two entries of the registry have the same ${what} name: ${values.map(name).join(', ')}`)
  return map
}
