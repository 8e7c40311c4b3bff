import { Duration } from 'aws-cdk-lib'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  type MetricOptions,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { MetricName } from '../../shared/lib/names.ts'
import type { Api } from '../api/api.ts'
import { accountWideName } from '../config/account-wide-name.ts'
import type { Stage } from '../config/stage-config.ts'
import type { OutboxContext } from '../context.ts'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { Relay } from '../lanes/relay.ts'
import type { Reconciler } from '../scheduling/reconciler.ts'
import { jobCount, jobLatency } from './job-metrics.ts'

export interface DashboardProps {
  readonly lanes: readonly LaneConstruct[]
  readonly relay: Relay
  readonly reconciler: Reconciler
  readonly api: Api | undefined
}

const perMinute = (statistic: string, label?: string): MetricOptions => ({
  period: Duration.minutes(1),
  statistic,
  label,
})

/** One page that shows where jobs are and what delays them: first the alarms, then the way of a job from API to reconciler. */
export class Dashboard extends Construct {
  readonly name: string

  constructor(scope: Construct, id: string, context: OutboxContext, props: DashboardProps) {
    super(scope, id)
    this.name = accountWideName(this, context.stage.prefix)
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: this.name,
      defaultInterval: Duration.hours(3),
      widgets: [
        ...alarmRows(context.alarms.all),
        ...apiRows(props.api),
        jobsRow(context.stage),
        lanesRow(props.lanes),
        failuresRow(context, props),
      ],
    })
  }
}

/** CloudWatch refuses a widget with more alarms. */
const alarmsPerWidget = 100

function alarmRows(alarms: readonly IAlarm[]): IWidget[][] {
  const widgets = Math.ceil(alarms.length / alarmsPerWidget)
  return Array.from({ length: widgets }, (_, i) => {
    const part = alarms.slice(i * alarmsPerWidget, (i + 1) * alarmsPerWidget)
    const title = widgets === 1 ? 'Alarms' : `Alarms ${i + 1} of ${widgets}`
    return [new AlarmStatusWidget({ title, width: 24, height: 4, alarms: part })]
  })
}

function apiRows(api: Api | undefined): IWidget[][] {
  const metrics = api?.gateway.metrics
  if (!metrics) return []
  const row = [
    graph('API: requests', [
      metrics.requests(perMinute('SampleCount', 'all')),
      metrics.clientErrors(perMinute('Sum', '4xx')),
      metrics.serverErrors(perMinute('Sum', '5xx')),
    ]),
    graph('API: latency, ms', [metrics.latency(perMinute('p50', 'p50')), metrics.latency(perMinute('p99', 'p99'))]),
  ]
  return [row]
}

function jobsRow(stage: Stage): IWidget[] {
  const counts: MetricName[] = ['accepted', 'forwarded', 'started', 'succeeded', 'retrying', 'dead', 'duplicate']
  const latencies: MetricName[] = ['forwardLatency', 'endToEndLatency']
  return [
    graph(
      'Jobs per minute',
      counts.map((name) => jobCount(stage, name)),
    ),
    graph(
      'Jobs: p99 latency from accepted to forwarded and to succeeded, ms',
      latencies.map((name) => jobLatency(stage, name)),
    ),
  ]
}

function lanesRow(lanes: readonly LaneConstruct[]): IWidget[] {
  const each = (metric: (lane: LaneConstruct, options: MetricOptions) => IMetric) =>
    lanes.map((lane) => metric(lane, perMinute('Maximum', lane.lane.name)))
  return [
    graph(
      'Lanes: waiting jobs',
      each(({ queues }, options) => queues.queue.metricApproximateNumberOfMessagesVisible(options)),
      8,
    ),
    graph(
      'Lanes: age of the oldest job, s',
      each(({ queues }, options) => queues.queue.metricApproximateAgeOfOldestMessage(options)),
      8,
    ),
    graph(
      'Lanes: dead letters',
      each(({ queues }, options) => queues.deadLetters.metricApproximateNumberOfMessagesVisible(options)),
      8,
    ),
  ]
}

function failuresRow({ scheduler }: OutboxContext, { relay, reconciler }: DashboardProps): IWidget[] {
  return [
    graph(
      'Relay: delay behind the outbox, ms',
      relay.functions.map(({ name, lambda }) => lambda.metric('IteratorAge', perMinute('Maximum', name))),
      8,
    ),
    graph(
      'Failed outbox items and scheduled runs',
      [
        relay.failures.metricApproximateNumberOfMessagesVisible(perMinute('Maximum', 'relay-failures')),
        scheduler.failures.metricApproximateNumberOfMessagesVisible(perMinute('Maximum', 'schedule-failures')),
      ],
      8,
    ),
    graph(
      'Reconciler: jobs without a message',
      [reconciler.unrelayed({ period: Duration.minutes(5), statistic: 'Sum' })],
      8,
    ),
  ]
}

function graph(title: string, left: IMetric[], width = 12): IWidget {
  return new GraphWidget({ title, left, width, leftYAxis: { min: 0, showUnits: false } })
}
