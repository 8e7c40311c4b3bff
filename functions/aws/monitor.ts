import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch'
import { clientSettings } from './client-settings.ts'
import type { Series } from './series.ts'

export interface Point {
  /** Begin of the period, ms since the epoch. */
  readonly at: number
  readonly value: number
}

/** An alarm of the stack, as CloudWatch tells it. */
export interface AlarmStatus {
  readonly name: string
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
  readonly reason: string
  readonly description: string
  /** Since when it is in this state, ISO 8601. */
  readonly since?: string
}

/** What CloudWatch knows of the stack. */
export interface Monitor {
  alarms(): Promise<readonly AlarmStatus[]>
  /** The points of each series from `since` on, oldest first; a period without data has none. */
  read(series: readonly Series[], since: Date, until: Date): Promise<readonly (readonly Point[])[]>
}

/** What of AWS belongs to the stack, by the names under which CloudWatch measures it. */
export interface Monitored {
  /** The dimension `service` of the functions' own metrics. */
  readonly service: string
  readonly tables: readonly { readonly name: string; readonly index?: string }[]
  readonly queues: readonly { readonly name: string; readonly fifo: boolean }[]
  readonly functions: readonly { readonly name: string; readonly memoryMb: number }[]
  /** The function of this API: each of its invocations is a request. */
  readonly api: string
  readonly apiType: 'http' | 'rest'
}

/** As many as one request may ask for. */
const most = 500

/** @param prefix what the names of the stack's alarms begin with */
export function monitor(prefix: string): Monitor {
  let client: CloudWatchClient | undefined
  const cloudWatch = () => {
    client ??= new CloudWatchClient(clientSettings)
    return client
  }
  return {
    async alarms() {
      const all: MetricAlarm[] = []
      let NextToken: string | undefined
      do {
        const input = { AlarmNamePrefix: prefix, MaxRecords: 100, NextToken }
        const page = await cloudWatch().send(new DescribeAlarmsCommand(input))
        all.push(...(page.MetricAlarms ?? []))
        NextToken = page.NextToken
      } while (NextToken)
      return all.map(statusOf)
    },
    async read(series, since, until) {
      const points: Point[][] = series.map(() => [])
      for (let start = 0; start < series.length; start += most) {
        const queries = series.slice(start, start + most).map((one, i) => queryOf(one, start + i))
        for await (const [index, found] of results(cloudWatch(), queries, since, until)) points[index]?.push(...found)
      }
      return points
    },
  }
}

function statusOf(alarm: MetricAlarm): AlarmStatus {
  const { AlarmName = '', StateValue = 'INSUFFICIENT_DATA', StateReason = '', AlarmDescription = '' } = alarm
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp
  return {
    name: AlarmName,
    state: StateValue,
    reason: StateReason,
    description: AlarmDescription,
    since: since?.toISOString(),
  }
}

function queryOf({ namespace, name, dimensions, statistic, periodSeconds }: Series, index: number) {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  const Metric = { Namespace: namespace, MetricName: name, Dimensions }
  return { Id: `m${index}`, MetricStat: { Metric, Period: periodSeconds, Stat: statistic } }
}

async function* results(
  client: CloudWatchClient,
  MetricDataQueries: GetMetricDataCommandInput['MetricDataQueries'],
  StartTime: Date,
  EndTime: Date,
): AsyncGenerator<[index: number, points: Point[]]> {
  let NextToken: string | undefined
  do {
    const page = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries,
        StartTime,
        EndTime,
        ScanBy: 'TimestampAscending',
        NextToken,
      }),
    )
    for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      yield [Number(Id.slice(1)), Timestamps.map((at, i) => ({ at: at.getTime(), value: Values[i] ?? 0 }))]
    }
    NextToken = page.NextToken
  } while (NextToken)
}
