import { statisticOf } from '../alarms/statistics.ts'
import type { MetricStore } from '../metrics.ts'
import type { Alarm, StackModel } from '../model.ts'
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts'
import type { Call } from './call.ts'

/** The alarms as they are now. They are there only once all is up. */
export type ListAlarms = () => Promise<
  readonly {
    readonly name: string
    readonly description: string
    readonly state: string
    readonly reason: string
    readonly since: string
  }[]
>

interface Query {
  readonly Id: string
  readonly Label?: string
  readonly Expression?: string
  readonly ReturnData?: boolean
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string
      readonly MetricName: string
      readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[]
    }
    readonly Period: number
    readonly Stat: string
  }
}

/** What of CloudWatch is asked by functions of a stack: what was measured, and how the alarms are. */
export function createCloudWatch({ model, metrics }: { model: StackModel; metrics: MetricStore }) {
  let listAlarms: ListAlarms | undefined
  return {
    attachAlarms(list: ListAlarms): void {
      listAlarms = list
    },
    async perform({ operation, input }: Call): Promise<Answer> {
      if (operation === 'GetMetricData') return metricData(metrics, input)
      if (operation !== 'DescribeAlarms')
        return refused('UnknownOperationException', `${operation} of CloudWatch is not emulated here.`)
      if (!listAlarms)
        return errorAnswer('cloudwatch', { status: 503, code: 'InternalServiceFault', message: STARTING })
      return jsonAnswer({ MetricAlarms: described(await listAlarms(), model, input), CompositeAlarms: [] })
    },
  }
}

const STARTING = 'The stack is still starting.'

function described(all: Awaited<ReturnType<ListAlarms>>, model: StackModel, input: Call['input']) {
  const {
    AlarmNamePrefix = '',
    AlarmNames,
    StateValue,
  } = input as {
    AlarmNamePrefix?: string
    AlarmNames?: readonly string[]
    StateValue?: string
  }
  return all
    .filter(({ name }) => name.startsWith(AlarmNamePrefix) && (AlarmNames?.includes(name) ?? true))
    .filter(({ state }) => StateValue === undefined || state === StateValue)
    .map((status) =>
      describe(
        status,
        model,
        model.alarms.find(({ name }) => name === status.name),
      ),
    )
}

function describe(
  { name, description, state, reason, since }: Awaited<ReturnType<ListAlarms>>[number],
  { region, accountId }: StackModel,
  alarm: Alarm | undefined,
) {
  const at = Date.parse(since) / 1000
  return {
    AlarmName: name,
    AlarmArn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
    AlarmDescription: description,
    ActionsEnabled: true,
    AlarmActions: alarm?.actions ?? [],
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: at,
    StateTransitionedTimestamp: at,
    Threshold: alarm?.threshold,
    EvaluationPeriods: alarm?.evaluationPeriods,
    ComparisonOperator: alarm?.comparison,
  }
}

/** Single metrics, in periods that begin at the start time; no metric math and no search. */
function metricData(metrics: MetricStore, input: Call['input']): Answer {
  const {
    MetricDataQueries: queries = [],
    StartTime,
    EndTime,
    ScanBy,
  } = input as {
    MetricDataQueries?: readonly Query[]
    StartTime?: number
    EndTime?: number
    ScanBy?: string
  }
  const math = queries.find(({ MetricStat }) => !MetricStat)
  if (math) return refused('ValidationError', `${math.Id}: only MetricStat is emulated here, no expression.`)
  if (!(Number(StartTime) < Number(EndTime)))
    return refused('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.')
  const from = Math.floor(Number(StartTime) / 60) * 60
  const MetricDataResults = queries
    .filter(({ ReturnData = true }) => ReturnData)
    .map((query) => series(metrics, query, { from, to: Number(EndTime) }, ScanBy !== 'TimestampAscending'))
  return jsonAnswer({ MetricDataResults, Messages: [] })
}

/** Times in seconds since the epoch. A period without data has no datapoint. */
function series(
  metrics: MetricStore,
  { Id, Label, MetricStat }: Query,
  { from, to }: { from: number; to: number },
  newestFirst: boolean,
) {
  const { Metric, Period, Stat } = MetricStat as NonNullable<Query['MetricStat']>
  const dimensions = Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]))
  const of = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions }
  const combine = statisticOf(Stat)
  // The start belongs to its period, the end does not.
  const measured = metrics.query(of, from * 1000 - 1, to * 1000 - 1)
  const periods = Map.groupBy(measured, ({ at }) => from + Math.floor((at / 1000 - from) / Period) * Period)
  const points = [...periods].sort(([a], [b]) => (newestFirst ? b - a : a - b))
  return {
    Id,
    Label: Label ?? Metric.MetricName,
    StatusCode: 'Complete',
    Timestamps: points.map(([at]) => at),
    Values: points.map(([, of]) => combine(of)),
  }
}

function refused(code: string, message: string): Answer {
  return errorAnswer('cloudwatch', { status: 400, code, message })
}
