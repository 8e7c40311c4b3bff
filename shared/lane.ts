import { DefinitionError } from './errors.ts'

/**
 * A lane is a road that jobs of one urgency share: a queue, its dead-letter queue, a consumer function, the mapping
 * between them and their alarms. What is slow or broken on one lane does not hold up another.
 */
export interface Lane {
  readonly name: string
  /** `standard`: side by side, fair between tenants. `ordered`: one after the other within a group. */
  readonly kind: 'standard' | 'ordered'
  /** Longest run of one invocation of the consumer, in seconds. Every job's time limit on the lane must fit in. */
  readonly timeoutSeconds: number
  /** Memory of the consumer, in MiB. */
  readonly memoryMb: number
  /** Messages per invocation, 1 to 10. They run side by side (ordered lane: in order) and share the fate of their process. */
  readonly batchSize: number
  /** Invocations of the consumer at the same time, 2 to 1,000: what the lane may do to the systems behind its jobs. */
  readonly maximumConcurrency: number
  /** Age of the oldest message, in seconds, from which the lane counts as late and its alarm rings. */
  readonly lateAfterSeconds: number
  /** Pauses the lane by itself while what its jobs depend on is down. @default - only people pause it */
  readonly circuitBreaker?: CircuitBreaker
}

/**
 * Opens, which pauses the lane, when more than so many attempts failed within that time, and more than half of those that
 * started. The jobs wait in the queue then, instead of using up their attempts. A person resumes the lane.
 */
export interface CircuitBreaker {
  readonly failures: number
  /** A multiple of 60, up to an hour. */
  readonly withinSeconds: number
}

/** Why a lane paused itself, for whoever finds it paused. */
export function breakerReason({ failures, withinSeconds }: CircuitBreaker): string {
  return `more than ${failures} attempts failed within ${withinSeconds} s, and more than half of those that started`
}

/** What an operator is told of jobs whose lane is not among the lanes of the application. */
export function laneGone(name: string): string {
  return `the application has no lane "${name}": define it again and deploy, or cancel the job`
}

/** Names a lane. Throws at load, and so at synth, when the lane cannot work. */
export function defineLane(lane: Lane): Lane {
  const problems = laneProblems(lane)
  if (problems.length > 0)
    throw new DefinitionError(`Lane "${lane.name}" cannot work: ${problems.join('; ')}. Mend its defineLane.`)
  return lane
}

function breakerProblems(breaker: CircuitBreaker | undefined): string[] {
  if (!breaker) return []
  const { failures, withinSeconds } = breaker
  return [
    ...(Number.isInteger(failures) && failures >= 1 ? [] : ['circuitBreaker.failures is not a whole number from 1']),
    ...(withinSeconds % 60 === 0 && withinSeconds >= 60 && withinSeconds <= 3_600
      ? []
      : ['circuitBreaker.withinSeconds is not a multiple of 60 up to 3,600']),
  ]
}

function laneProblems(lane: Lane): string[] {
  const within = (what: keyof Lane, low: number, high: number) => {
    const value = lane[what] as number
    return Number.isInteger(value) && value >= low && value <= high
      ? []
      : [`${what} is ${value}, not a whole number from ${low} to ${high}`]
  }
  return [
    ...(/^[a-z][a-z0-9-]{0,19}$/.test(lane.name) ? [] : ['its name is not 1 to 20 of a-z, 0-9 and -']),
    ...within('timeoutSeconds', 2, 900),
    ...within('memoryMb', 128, 10_240),
    ...within('batchSize', 1, 10),
    ...within('maximumConcurrency', 2, 1_000),
    ...within('lateAfterSeconds', 1, 1_209_600),
    ...breakerProblems(lane.circuitBreaker),
  ]
}
