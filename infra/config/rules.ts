import type { Lane } from '../../shared/define/lane.ts'
import { lifetimeProblems, type lifetimes } from '../../shared/lib/lifetimes.ts'
import { maxReceiveCount, visibilitySeconds } from '../lanes/queues.ts'
import { ConfigError } from './config-error.ts'

/** What infra has to know of a job type. */
export interface JobLimits {
  readonly type: string
  readonly maxAttempts: number
}

/** What infra has to know of a schedule. */
export interface ScheduleNames {
  readonly name: string
  readonly job: { readonly type: string }
}

export interface RulesInput {
  readonly lifetimes: Readonly<Record<keyof typeof lifetimes, number>>
  readonly lanes: readonly Lane[]
  readonly jobs: readonly JobLimits[]
  readonly schedules: readonly ScheduleNames[]
  /** How long a lane's queue hides a message that is being worked on. */
  readonly visibilitySeconds: (lane: Lane) => number
}

/** Schedules of the system itself, in the same group as those of the application. */
const ownSchedules = ['sweep', 'reconcile']

/**
 * What must hold between the parts of the system, and cannot be seen in any one of them. Each names what is wrong. How
 * job types and lanes fit together is no matter of the infrastructure: shared/define/registry.ts refuses what does not.
 */
const rules: Readonly<Record<string, (input: RulesInput) => string[]>> = {
  'lifetimes nest': ({ lifetimes }) => lifetimeProblems(lifetimes),

  'a message stays hidden while its consumer may work on it': ({ lanes, visibilitySeconds }) =>
    lanes
      .filter((lane) => visibilitySeconds(lane) < 6 * lane.timeoutSeconds)
      .map((lane) => `the visibility of lane ${lane.name} is ${visibilitySeconds(lane)} s, not 6 × its timeout`),

  'SQS never buries a job that has attempts left': ({ jobs }) =>
    jobs
      .filter((job) => 2 * job.maxAttempts > maxReceiveCount.standard)
      .map((job) => `the job ${job.type} has ${job.maxAttempts} attempts, more than half of maxReceiveCount`),

  'schedule names differ': ({ schedules }) => {
    const names = [...ownSchedules, ...schedules.map(({ name }) => name)]
    return names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => `the schedule ${name} is ${ownSchedules.includes(name) ? 'the system’s own' : 'defined twice'}`)
  },

  'a schedule causes a job of the stage': ({ schedules, jobs }) =>
    schedules
      .filter(({ job }) => !jobs.some(({ type }) => type === job.type))
      .map(({ name, job }) => `the schedule ${name} causes ${job.type}, which the stage’s registry does not have`),
}

/** Every broken rule, in words; empty if all hold. */
export function brokenRules(input: RulesInput): string[] {
  return Object.entries(rules).flatMap(([name, problems]) => problems(input).map((problem) => `${name}: ${problem}`))
}

/** @throws ConfigError with all that is wrong, on one line */
export function checkRules(input: Omit<RulesInput, 'visibilitySeconds'>): void {
  const broken = brokenRules({ ...input, visibilitySeconds })
  if (broken.length > 0) throw new ConfigError(`The stack cannot work: ${broken.join('; ')}`)
}
