/** What the functions counted, as CloudWatch has it. */
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { type MetricName, metricsNamespace, stackName } from '../../../shared/lib/names.ts'
import { clientConfig } from './tables.ts'

const types = ['probe', 'send-receipt', 'publish-event']
const lanes = ['default', 'urgent', 'ordered']
const metrics: readonly MetricName[] = ['started', 'succeeded', 'duplicate', 'busy', 'fenced', 'retrying', 'dead']

/** Events of the run's jobs by metric. A process that died has not counted its last invocation: each number is a least one. */
export async function jobMetrics(awsUrl: string): Promise<Record<string, number>> {
  const client = new CloudWatchClient(clientConfig(awsUrl))
  const queries = metrics.flatMap((name) => types.flatMap((type) => lanes.map((lane) => ({ name, type, lane }))))
  const now = Date.now()
  try {
    const { MetricDataResults = [] } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - 4 * 3_600_000),
        EndTime: new Date(now + 60_000),
        MetricDataQueries: queries.map(({ name, type, lane }, i) => ({
          Id: `m${i}`,
          MetricStat: {
            Metric: {
              Namespace: metricsNamespace,
              MetricName: name,
              Dimensions: [
                { Name: 'service', Value: stackName('local') },
                { Name: 'lane', Value: lane },
                { Name: 'type', Value: type },
              ],
            },
            Period: 86_400,
            Stat: 'Sum',
          },
        })),
      }),
    )
    const sums = MetricDataResults.map(({ Values = [] }) => Values.reduce((sum, value) => sum + value, 0))
    return Object.fromEntries(
      metrics.map((name) => [
        name,
        queries.reduce((sum, query, i) => sum + (query.name === name ? (sums[i] ?? 0) : 0), 0),
      ]),
    )
  } finally {
    client.destroy()
  }
}
