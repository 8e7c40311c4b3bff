import type { Schedule, StackModel } from '../model.ts'
import type { Execution } from './state.ts'

export const scheduleArn = ({ region, accountId }: StackModel, { groupName, name }: Schedule) =>
  `arn:aws:scheduler:${region}:${accountId}:schedule/${groupName}/${name}`

/**
 * What the function is invoked with, as JSON text: the input with its keywords replaced, or Scheduler's own event for a
 * schedule without one. The attempt is always the first: locally Lambda accepts an event at once or never.
 */
export function inputOf(model: StackModel, schedule: Schedule, { id, scheduledTime }: Execution): string {
  const arn = scheduleArn(model, schedule)
  if (schedule.input !== undefined) {
    return schedule.input
      .replaceAll('<aws.scheduler.scheduled-time>', scheduledTime)
      .replaceAll('<aws.scheduler.schedule-arn>', arn)
      .replaceAll('<aws.scheduler.execution-id>', id)
      .replaceAll('<aws.scheduler.attempt-number>', '1')
  }
  return JSON.stringify({
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: model.accountId,
    time: scheduledTime,
    region: model.region,
    resources: [arn],
    detail: '{}',
  })
}
