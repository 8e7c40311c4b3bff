import { ListSchedulesCommand, type SchedulerClient, type ScheduleSummary } from '@aws-sdk/client-scheduler'
import { type Finding, some } from '../finding.ts'
import { ofType, type Resource } from './resources.ts'

/** Whether everything that comes by the clock is there and enabled. What is switched off never comes, and nothing else tells of it. */
export async function schedules(
  client: Pick<SchedulerClient, 'send'>,
  resources: readonly Resource[],
  prefix: string,
): Promise<Omit<Finding, 'check'>> {
  const expected = ofType(resources, 'AWS::Scheduler::Schedule')
  const found = await schedulesOf(client, prefix)
  const short = (names: readonly string[]) => some(names.map((name) => name.slice(prefix.length + 1)))
  const gone = expected.filter((name) => !found.has(name))
  const off = expected.filter((name) => found.get(name) === 'DISABLED')
  if (gone.length > 0)
    return {
      state: 'fail',
      found: `deleted: ${short(gone)}`,
      next: `Create each anew in EventBridge Scheduler, group ${prefix}, as the template has it; a deploy does not see that it is gone`,
    }
  if (off.length > 0)
    return {
      state: off.some((name) => vital.includes(name.slice(prefix.length + 1))) ? 'fail' : 'warn',
      found: `disabled: ${short(off)}`,
      next: `Their jobs do not come, and none that was missed is made up for. Enable each in EventBridge Scheduler, group ${prefix}; a deploy does not do it`,
    }
  return { state: 'ok', found: `${expected.length} enabled` }
}

/** Without these, jobs wait for ever; without one of the application, its own job does not come. */
const vital = ['sweep', 'reconcile']

async function schedulesOf(
  client: Pick<SchedulerClient, 'send'>,
  GroupName: string,
): Promise<ReadonlyMap<string, ScheduleSummary['State']>> {
  const found: ScheduleSummary[] = []
  let NextToken: string | undefined
  do {
    const page = await client.send(new ListSchedulesCommand({ GroupName, NextToken }))
    found.push(...(page.Schedules ?? []))
    NextToken = page.NextToken
  } while (NextToken)
  return new Map(found.map(({ Name = '', State }) => [Name, State]))
}
