/** An application: its jobs, lanes, schedules, commands and records together. */
import { DefinitionError } from './errors.ts'
import type { JobType } from './job.ts'
import { defineLane, type Lane } from './lane.ts'
import { aList, checked, made, optional, type Rules, text } from './options.ts'
import type { RecordType } from './record.ts'
import { byName, defineRegistry, type Registry } from './registry.ts'
import type { Schedule } from './schedule.ts'

/** What a business brings along: everything that infra/ builds queues and timers for, and that the functions run. */
export interface Application {
  /** Path or `file:` URL of the module that exports this application as its default: the functions are bundled from it. */
  readonly module: string
  readonly jobs: readonly JobType[]
  /** Job types for diagnosis; only stages with `probes: true` have them. */
  readonly diagnosticJobs: readonly JobType[]
  readonly lanes: readonly Lane[]
  readonly schedules: readonly Schedule[]
  readonly jobOwners: readonly JobOwner[]
}

/** A type of record that names the jobs written with it, so that an operator can look up its jobs by its id. */
export interface JobOwner {
  readonly record: RecordType<{ readonly jobs: readonly { readonly id: string }[] }, { readonly id: string }>
  /** Path of the API under which each of these records is found by its id: `/orders`. */
  readonly path: `/${string}`
}

export interface ApplicationSettings {
  /** `import.meta.url` of the module whose default export this is. */
  readonly module: string
  readonly jobs: readonly JobType[]
  /** @default - none */
  readonly diagnosticJobs?: readonly JobType[]
  /** @default - one standard lane, `default` */
  readonly lanes?: readonly Lane[]
  /** @default - none */
  readonly schedules?: readonly Schedule[]
  /** @default - none: jobs are not found by record */
  readonly jobOwners?: readonly JobOwner[]
}

/**
 * Defines an application. Its module is loaded at synth and bundled into the functions, so it must export the
 * application as its default, and must not need what only one of the two has.
 *
 * @throws DefinitionError at load, and so at synth, when jobs and lanes do not fit together
 * @example
 * export default defineApplication({ module: import.meta.url, jobs: [sendReceipt] })
 */
export function defineApplication(settings: ApplicationSettings): Application {
  const application = checked('Application', settings, applicationRules) as Application
  const { jobs } = registryOf(application, { probes: true })
  const schedules = byName('schedules', 'defineSchedule', application.schedules, 'name')
  for (const { name, job } of schedules.values()) {
    if (jobs.get(job.type) !== job)
      throw new DefinitionError(
        `Schedule "${name}": its job type "${job.type}" is not among the jobs of the application; add it there.`,
      )
  }
  for (const [index, owner] of application.jobOwners.entries()) checked(`jobOwners[${index}]`, owner, jobOwnerRules)
  return application
}

/** The registry of a stage. */
export function registryOf(
  { jobs, diagnosticJobs, lanes }: Pick<Application, 'jobs' | 'diagnosticJobs' | 'lanes'>,
  stage: { readonly probes: boolean },
): Registry {
  return defineRegistry(stage.probes ? [...jobs, ...diagnosticJobs] : jobs, lanes)
}

/** Where an application names no lane. */
const defaultLane = defineLane({
  name: 'default',
  kind: 'standard',
  timeoutSeconds: 15,
  memoryMb: 256,
  batchSize: 10,
  maximumConcurrency: 50,
  lateAfterSeconds: 600,
})

/** The rules for the options of `defineApplication`. */
const applicationRules: Rules<ApplicationSettings> = {
  module: text(/./, 'the import.meta.url of the module that exports the application'),
  jobs: aList('defineJob'),
  diagnosticJobs: optional(aList('defineJob'), []),
  lanes: optional(aList('defineLane'), [defaultLane]),
  schedules: optional(aList('defineSchedule'), []),
  jobOwners: optional(aList('{record, path}'), []),
}

const jobOwnerRules: Rules<JobOwner> = {
  record: made('defineRecord', 'name', 'schema', 'key'),
  path: text(/^\/[^\s?#]*$/, 'a path such as "/orders"'),
}
