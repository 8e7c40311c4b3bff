import { lifetimeProblems, type lifetimes } from '../../shared/lib/lifetimes.ts'
import { ownSchedules } from '../../shared/lib/names.ts'
import { maxReceiveCount } from '../lanes/queues.ts'
import { ConfigError } from './config-error.ts'
import { mostEnvironmentBytes } from './environment-size.ts'

/** The part of a job type that the rules check. */
export interface JobLimits {
  readonly type: string
  readonly maxAttempts: number
}

/** The part of a schedule that the rules check. */
export interface ScheduleNames {
  readonly name: string
  readonly job: { readonly type: string }
}

/** The part of a function that the rules check. */
export interface FunctionEnvironment {
  readonly name: string
  /** Size of the environment. */
  readonly bytes: number
}

export interface RulesInput {
  readonly lifetimes: Readonly<Record<keyof typeof lifetimes, number>>
  readonly jobs: readonly JobLimits[]
  readonly schedules: readonly ScheduleNames[]
  readonly functions: readonly FunctionEnvironment[]
}

/**
 * Rules between several parts of the stack. Each returns its problems. shared/define/registry.ts checks whether job types
 * and lanes fit together.
 */
const rules: Readonly<Record<string, (input: RulesInput) => string[]>> = {
  'lifetimes nest': ({ lifetimes }) => lifetimeProblems(lifetimes),

  'SQS moves no job with attempts left to the dead-letter queue': ({ jobs }) =>
    jobs
      .filter((job) => 2 * job.maxAttempts > maxReceiveCount.standard)
      .map(
        (job) =>
          `the job type "${job.type}" has ${job.maxAttempts} attempts; the most is ${maxReceiveCount.standard / 2}`,
      ),

  'schedule names differ': ({ schedules }) => {
    const own: readonly string[] = ownSchedules
    const names = [...own, ...schedules.map(({ name }) => name)]
    return names
      .filter((name, at) => names.indexOf(name) !== at)
      .map(
        (name) =>
          `the name "${name}" is used ${own.includes(name) ? 'by the system itself' : 'twice'}; rename the schedule`,
      )
  },

  'environments fit': ({ functions }) =>
    functions
      .filter(({ bytes }) => bytes > mostEnvironmentBytes)
      .map(
        ({ name, bytes }) =>
          `the environment of the function "${name}" has ${bytes} bytes; Lambda takes at most ${mostEnvironmentBytes}. Define fewer lanes, or give the lanes and the stack shorter names`,
      ),

  'a schedule creates jobs that exist on the stage': ({ schedules, jobs }) =>
    schedules
      .filter(({ job }) => !jobs.some(({ type }) => type === job.type))
      .map(({ name, job }) => `the schedule "${name}" creates the job "${job.type}", which the stage does not have`),
}

/** Returns the problems of all rules; empty if all rules hold. */
export function brokenRules(input: RulesInput): string[] {
  return Object.entries(rules).flatMap(([name, problems]) => problems(input).map((problem) => `${name}: ${problem}`))
}

/** @throws ConfigError with all problems, on one line */
export function checkRules(input: RulesInput): void {
  const broken = brokenRules(input)
  if (broken.length > 0) throw new ConfigError(`Invalid stack: ${broken.join('; ')}`)
}
