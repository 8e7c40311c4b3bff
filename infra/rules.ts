import type { Lane } from '../shared/lane.ts'
import { lifetimeProblems, type lifetimes } from '../shared/lifetimes.ts'
import { ConfigError } from './config-error.ts'
import { maxReceiveCount, visibilitySeconds } from './queues.ts'

/** What infra has to know of a job type. */
export interface JobLimits {
  readonly type: string
  readonly lane: string
  readonly timeLimitSeconds: number
  readonly maxAttempts: number
}

export interface RulesInput {
  readonly lifetimes: Readonly<Record<keyof typeof lifetimes, number>>
  readonly lanes: readonly Lane[]
  readonly jobs: readonly JobLimits[]
  /** How long a lane's queue hides a message that is being worked on. */
  readonly visibilitySeconds: (lane: Lane) => number
}

/** Seconds of an invocation that a job's time limit leaves for the commit of what it did. */
const commitSeconds = 2

/** What must hold between the parts of the system, and cannot be seen in any one of them. Each names what is wrong. */
const rules: Readonly<Record<string, (input: RulesInput) => string[]>> = {
  'lifetimes nest': ({ lifetimes }) => lifetimeProblems(lifetimes),

  'lane names differ': ({ lanes }) =>
    lanes
      .filter((lane, at) => lanes.findIndex(({ name }) => name === lane.name) !== at)
      .map(({ name }) => `the lane ${name} is defined twice`),

  'a message stays hidden while its consumer may work on it': ({ lanes, visibilitySeconds }) =>
    lanes
      .filter((lane) => visibilitySeconds(lane) < 6 * lane.timeoutSeconds)
      .map((lane) => `the visibility of lane ${lane.name} is ${visibilitySeconds(lane)} s, not 6 × its timeout`),

  'every job has a lane': ({ lanes, jobs }) =>
    jobs
      .filter((job) => !lanes.some(({ name }) => name === job.lane))
      .map((job) => `the job ${job.type} names the lane ${job.lane}, which app/lanes.ts does not define`),

  'a job ends before its consumer is killed': ({ lanes, jobs }) =>
    jobs.flatMap((job) =>
      lanes
        .filter(
          ({ name, timeoutSeconds }) => name === job.lane && job.timeLimitSeconds > timeoutSeconds - commitSeconds,
        )
        .map(
          ({ name, timeoutSeconds }) =>
            `the job ${job.type} may take ${job.timeLimitSeconds} s, but a consumer of lane ${name} ends after ${timeoutSeconds} s, ${commitSeconds} s of it for the commit`,
        ),
    ),

  'SQS never buries a job that has attempts left': ({ jobs }) =>
    jobs
      .filter((job) => 2 * job.maxAttempts > maxReceiveCount)
      .map((job) => `the job ${job.type} has ${job.maxAttempts} attempts, more than half of maxReceiveCount`),
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
