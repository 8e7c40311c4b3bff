/** Settings of a chaos run. */
export interface ChaosSettings {
  readonly jobs: number
  readonly seed: number
  /** How often a process is killed before, and how often after, each point of a job's life; in each life of the stack anew. */
  readonly killsPerPoint: number
  /** How often all processes of a random function are killed. */
  readonly functionKills: number
  /** How often the whole stack is killed and started again. */
  readonly stackKills: number
  /** How often an engine is killed, DynamoDB Local and the SQS engine in turn. */
  readonly engineKills: number
  /**
   * Whether kills are spread over the run, some jobs fail until they are dead, some wait in the outbox for the sweeper, and the
   * stream forgets some: that takes its time.
   */
  readonly long: boolean
  /** Called when the faults are over, and what is left is to wait. */
  readonly onCalm?: () => void
  readonly progress: (line: string) => void
}
