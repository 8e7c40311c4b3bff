import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { span } from '../../time.ts'
import type { Finding } from '../finding.ts'
import { ofType, type Resource } from './resources.ts'

export interface Run {
  /** Last part of the function's name. */
  readonly name: string
  /** Seconds. */
  readonly within: number
  readonly now: Date
}

/** Whether a function that the clock invokes did run of late, and without an error. */
export async function ran(
  client: Pick<CloudWatchClient, 'send'>,
  resources: readonly Resource[],
  { name, within, now }: Run,
): Promise<Omit<Finding, 'check'>> {
  const fn = ofType(resources, 'AWS::Lambda::Function').find((id) => id.endsWith(`-${name}`))
  if (!fn) return { state: 'fail', found: `the stack has no function ${name}`, next: 'Deploy the stack again' }
  const sum = async (MetricName: 'Invocations' | 'Errors') => {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Lambda',
        MetricName,
        Dimensions: [{ Name: 'FunctionName', Value: fn }],
        StartTime: new Date(now.getTime() - within * 1000),
        EndTime: now,
        Period: Math.ceil(within / 60) * 60,
        Statistics: ['Sum'],
      }),
    )
    return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0)
  }
  const [runs, errors] = await Promise.all([sum('Invocations'), sum('Errors')])
  const found = `${runs} runs in the last ${span(within)}, ${errors} failed`
  if (runs === 0)
    return { state: 'fail', found, next: `See whether its schedule is enabled: EventBridge Scheduler, ${fn}` }
  return errors > 0 ? { state: 'warn', found, next: `Look at the log group /aws/lambda/${fn}` } : { state: 'ok', found }
}
