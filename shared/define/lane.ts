/** A lane: the queue that jobs of one urgency share. */
import { anObject, checked, named, oneOf, optional, type Rules, whole } from './options.ts'

/**
 * A lane is what jobs of one urgency share: a queue, its dead-letter queue, a consumer function, the mapping
 * between them and their alarms. What is slow or broken on one lane does not hold up another.
 */
export interface Lane {
  readonly name: string
  /** `standard`: side by side, fair between tenants. `ordered`: one after the other within a group. */
  readonly kind: 'standard' | 'ordered'
  /** Longest run of one invocation of the consumer, in seconds, 3 to 900. Every job's time limit on the lane must fit in. */
  readonly timeoutSeconds: number
  /** Memory of the consumer, in MiB, 128 to 10,240. */
  readonly memoryMb: number
  /** Messages per invocation, 1 to 10. They run side by side (ordered lane: in order) and share the fate of their process. */
  readonly batchSize: number
  /** Invocations of the consumer at the same time, 2 to 1,000: what the lane may do to the systems behind its jobs. */
  readonly maximumConcurrency: number
  /** Age of the oldest message, in seconds, from which the lane counts as late and its alarm goes into ALARM, 1 to 1,209,600. */
  readonly lateAfterSeconds: number
  /** Pauses the lane automatically while what its jobs depend on is down. @default - only people pause it */
  readonly circuitBreaker?: CircuitBreaker
}

/**
 * Opens, which pauses the lane, when more than so many attempts failed within that time, and more than half of those that
 * started. The jobs wait in the queue then, instead of using up their attempts. A person resumes the lane.
 */
export interface CircuitBreaker {
  /** 1 to 1,000,000. */
  readonly failures: number
  /** A multiple of 60, up to an hour. */
  readonly withinSeconds: number
}

/** Why a lane paused itself, for the person who finds it paused. */
export function breakerReason({ failures, withinSeconds }: CircuitBreaker): string {
  return `more than ${failures} attempts failed within ${withinSeconds} s, and more than half of those that started`
}

/** What an operator is told of jobs whose lane is not among the lanes of the application. */
export function laneGone(name: string): string {
  return `the application has no lane "${name}": define it again and deploy, or cancel the job`
}

/** Names a lane. Throws at load, and so at synth, when the lane cannot work. */
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
