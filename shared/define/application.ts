/** An application: its jobs, lanes, schedules, commands and records together. */
import { DefinitionError } from './errors.ts'
import type { JobType } from './job.ts'
import { defineLane, type Lane } from './lane.ts'
import { aList, checked, made, optional, type Rules, text } from './options.ts'
import type { RecordType } from './record.ts'
import { byName, defineRegistry, type Registry } from './registry.ts'
import type { Schedule } from './schedule.ts'

/** An application with its defaults filled in. `OutboxRelay` creates its queues and timers, and the functions run its jobs. */
export interface Application {
  /** Path or `file:` URL of the module that exports this application as its default. The functions are bundled from it. */
  readonly module: string
  /** Job types that every stage runs. */
  readonly jobs: readonly JobType[]
  /** Job types for diagnosis. Only stages with `probes: true` run them. */
  readonly diagnosticJobs: readonly JobType[]
  /** Lanes, each with its own queue and consumer. */
  readonly lanes: readonly Lane[]
  /** Schedules of jobs. */
  readonly schedules: readonly Schedule[]
  /** Record types whose records name their jobs. */
  readonly jobOwners: readonly JobOwner[]
}

/** A record type whose records name the jobs written with them. Operators find the jobs of such a record by its id. */
export interface JobOwner {
  /** Record type. Its values have the list `jobs`, and its identity is `{ id }`. */
  readonly record: RecordType<
    {
      /** References to the jobs of the record. */
      readonly jobs: readonly {
        /** Id of the job. */
        readonly id: string
      }[]
    },
    {
      /** Id of the record. */
      readonly id: string
    }
  >
  /** Path of the API under which a record is found by its id: `/orders` for `GET /orders/{id}`. */
  readonly path: `/${string}`
}

/** Options of `defineApplication`. */
export interface ApplicationSettings {
  /** `import.meta.url`, or `__filename` in a CommonJS module, of the module that exports the application as its default. */
  readonly module: string
  /** Job types that every stage runs: results of `defineJob`, each type once. */
  readonly jobs: readonly JobType[]
  /**
   * Job types for diagnosis, which only stages with `probes: true` run.
   * @default - none
   */
  readonly diagnosticJobs?: readonly JobType[]
  /**
   * Lanes: results of `defineLane`. Each job type needs its lane in this list.
   * @default - one standard lane `default`: timeout 15 s, 256 MiB, 10 messages a batch, 50 consumers at once, late after 600 s
   */
  readonly lanes?: readonly Lane[]
  /**
   * Schedules: results of `defineSchedule`. Their job types must be in `jobs`.
   * @default - none
   */
  readonly schedules?: readonly Schedule[]
  /**
   * Record types whose records name their jobs.
   * @default - none: operators cannot find jobs by a record
   */
  readonly jobOwners?: readonly JobOwner[]
}

/**
 * Defines an application. Its module must export the application as its default. The module is loaded at synth and is
 * bundled into the functions, so it must load in both places.
 *
 * @throws DefinitionError when the module is loaded, and so at synth: an option is invalid, or jobs, lanes and schedules do
 *   not fit together
 * @example
 * export default defineApplication({ module: import.meta.url, jobs: [sendReceipt] })
 */
export function defineApplication(settings: ApplicationSettings): Application {
  const application = checked('Application', settings, applicationRules) as Application
  registryOf(application, { probes: true })
  // Not the diagnostic ones: a stage without probes could not run them.
  const jobs = new Set(application.jobs)
  const schedules = byName('schedules', 'defineSchedule', application.schedules, 'name')
  for (const { name, job } of schedules.values()) {
    if (!jobs.has(job))
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
  module: text(/./, 'the import.meta.url, or __filename, of the module that exports the application'),
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
