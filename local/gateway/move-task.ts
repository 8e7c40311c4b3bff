/** A message move task, as `ListMessageMoveTasks` shows it. */
export interface MoveTask {
  readonly SourceArn: string
  readonly DestinationArn?: string
  readonly MaxNumberOfMessagesPerSecond?: number
  readonly ApproximateNumberOfMessagesToMove: number
  /** ms since the epoch. */
  readonly StartedTimestamp: number
  ApproximateNumberOfMessagesMoved: number
  Status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED'
  FailureReason?: string
}
