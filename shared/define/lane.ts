/** A lane: the queue that jobs of one urgency share. */
import { anObject, checked, named, oneOf, optional, type Rules, whole } from './options.ts'

/**
 * A lane for jobs of one urgency: a queue, its dead-letter queue, a consumer function, the mapping between them and their
 * alarms. Slow or failing jobs on one lane do not hold up the jobs on another.
 */
export interface Lane {
  /**
   * Name of the lane: 1 to 20 of `a-z 0-9 -`, beginning with a letter. Two lanes must not differ in hyphens only, or share
   * the name of a queue (`mail` and `mail-dlq`).
   */
  readonly name: string
  /** Order of the jobs: `standard` runs them in parallel, `ordered` runs the jobs of a group one after the other. */
  readonly kind: 'standard' | 'ordered'
  /** Timeout of one invocation of the consumer: whole seconds, 3 to 900. The time limit of each job must be 2 s shorter. */
  readonly timeoutSeconds: number
  /** Memory of the consumer, in MiB, 128 to 10,240. */
  readonly memoryMb: number
  /**
   * Messages per invocation of the consumer, 1 to 10. They run in one process: in parallel, or on an ordered lane in order. If
   * the process dies, the attempts of all of them end.
   */
  readonly batchSize: number
  /** Concurrent invocations of the consumer, 2 to 1,000. This limits the load on the systems that the jobs call. */
  readonly maximumConcurrency: number
  /** Age of the oldest message, in whole seconds, 1 to 1,209,600, above which the alarm of the lane is in ALARM. */
  readonly lateAfterSeconds: number
  /**
   * Circuit breaker, which pauses the lane automatically while a system that its jobs call is down.
   * @default - none: only an operator pauses the lane
   */
  readonly circuitBreaker?: CircuitBreaker
}

/**
 * Limit of jobs that fail, above which the lane is paused: while jobs of more than one tenant fail and no job of the lane
 * succeeds. The jobs then wait in the queue and keep their attempts, until an operator resumes the lane.
 */
export interface CircuitBreaker {
  /**
   * Number of jobs, 1 to 1,000,000. The lane is paused when more jobs fail. A job counts once, however often it fails in the
   * time. A job without a tenant counts as a tenant of its own; on an ordered lane, its group does.
   */
  readonly failures: number
  /** Time in which the failed jobs are counted: a multiple of 60 seconds, 60 to 3,600. */
  readonly withinSeconds: number
}

/** Why a lane paused itself, for the person who finds it paused. */
export function breakerReason({ failures, withinSeconds }: CircuitBreaker): string {
  return `more than ${failures} jobs of several tenants failed within ${withinSeconds} s, and no job succeeded`
}

/** What an operator is told of jobs whose lane is not among the lanes of the application. */
export function laneGone(name: string): string {
  return `the application has no lane "${name}": define it again and deploy, or cancel the job`
}

/**
 * Defines a lane. Add it to the `lanes` of the application.
 *
 * @throws DefinitionError when the module is loaded, and so at synth: an option is missing, unknown or out of range
 * @example
 * export const bulk = defineLane({
 *   name: 'bulk',
 *   kind: 'standard',
 *   timeoutSeconds: 60,
 *   memoryMb: 256,
 *   batchSize: 10,
 *   maximumConcurrency: 10,
 *   lateAfterSeconds: 86_400,
 *   circuitBreaker: { failures: 30, withinSeconds: 60 },
 * })
 */
export function defineLane(lane: Lane): Lane {
  const settings = checked('Lane', lane, laneRules, 'name')
  const { circuitBreaker } = settings
  return circuitBreaker === undefined
    ? settings
    : { ...settings, circuitBreaker: checked(`Lane "${lane.name}", circuitBreaker`, circuitBreaker, breakerRules) }
}

/** The rules for the options of `defineLane`. */
const laneRules: Rules<Lane> = {
  name: named(20),
  kind: oneOf('standard', 'ordered'),
  timeoutSeconds: whole(3, 900),
  memoryMb: whole(128, 10_240),
  batchSize: whole(1, 10),
  maximumConcurrency: whole(2, 1_000),
  lateAfterSeconds: whole(1, 1_209_600),
  circuitBreaker: optional(anObject),
}

const breakerRules: Rules<CircuitBreaker> = {
  failures: whole(1, 1_000_000),
  withinSeconds: {
    mustBe: 'a multiple of 60 from 60 to 3600',
    is: (value) => whole(60, 3_600).is(value) && (value as number) % 60 === 0,
  },
}
