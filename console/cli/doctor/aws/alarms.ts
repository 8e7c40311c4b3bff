import { type CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { type Finding, some } from '../finding.ts'

/** Checks whether an alarm of the stack is in ALARM, or has its actions disabled. */
export async function alarms(client: Pick<CloudWatchClient, 'send'>, prefix: string): Promise<Omit<Finding, 'check'>> {
  const all: MetricAlarm[] = []
  let NextToken: string | undefined
  do {
    const input = { AlarmNamePrefix: `${prefix}-`, NextToken }
    const page = await client.send(new DescribeAlarmsCommand(input))
    all.push(...(page.MetricAlarms ?? []))
    NextToken = page.NextToken
  } while (NextToken)
  const names = (of: readonly MetricAlarm[]) => some(of.map(({ AlarmName = '' }) => AlarmName.slice(prefix.length + 1)))
  const inAlarm = all.filter(({ StateValue }) => StateValue === 'ALARM')
  const mute = all.filter(({ ActionsEnabled }) => ActionsEnabled === false)
  if (inAlarm.length > 0)
    return { state: 'fail', found: `in ALARM: ${names(inAlarm)}`, next: 'docs/operations.md has a section for each' }
  if (mute.length > 0)
    return {
      state: 'warn',
      found: `silenced: ${names(mute)}`,
      next: `aws cloudwatch enable-alarm-actions --alarm-names ${mute.map(({ AlarmName }) => AlarmName).join(' ')}`,
    }
  if (all.length === 0) return { state: 'fail', found: 'the stack has no alarms', next: 'Deploy the stack again' }
  return { state: 'ok', found: `none of ${all.length} is in ALARM` }
}
