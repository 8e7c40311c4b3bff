import { Duration } from 'aws-cdk-lib'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  type MetricOptions,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { MetricName } from '../../shared/lib/names.ts'
import type { Api } from '../api/api.ts'
import type { Stage } from '../config/config.ts'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { Relay } from '../lanes/relay.ts'
import type { Reconciler } from '../scheduling/reconciler.ts'
import type { Scheduler } from '../scheduling/scheduler.ts'
import type { Alarms } from './alarms.ts'
import { jobCount, jobLatency } from './job-metrics.ts'

export interface DashboardProps {
  readonly stage: Stage
  readonly alarms: Alarms
  readonly lanes: readonly LaneConstruct[]
  readonly relay: Relay
  readonly scheduler: Scheduler
  readonly reconciler: Reconciler
  readonly api: Api | undefined
}

const perMinute = (statistic: string, label?: string): MetricOptions => ({
  period: Duration.minutes(1),
  statistic,
  ...(label ? { label } : {}),
})

/** One page that says where jobs are and what holds them up; from the alarms down along the way of a job. */
export class Dashboard extends Construct {
  readonly name: string

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id)
    this.name = props.stage.prefix
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: this.name,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', width: 24, height: 4, alarms: [...props.alarms.all] })],
        ...apiRows(props.api),
        jobsRow(props.stage),
        lanesRow(props.lanes),
        failuresRow(props),
      ],
    })
  }
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
      'Jobs a minute',
      counts.map((name) => jobCount(stage, name)),
    ),
    graph(
      'Jobs: p99 from accepted to forwarded, and to done, ms',
      latencies.map((name) => jobLatency(stage, name)),
    ),
  ]
}

function lanesRow(lanes: readonly LaneConstruct[]): IWidget[] {
  const each = (metric: (lane: LaneConstruct, options: MetricOptions) => IMetric) =>
    lanes.map((lane) => metric(lane, perMinute('Maximum', lane.lane.name)))
  return [
    graph(
      'Lanes: waiting',
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

function failuresRow({ relay, scheduler, reconciler }: DashboardProps): IWidget[] {
  return [
    graph(
      'Relay: behind the outbox by, ms',
      relay.functions.map(({ name, lambda }) => lambda.metric('IteratorAge', perMinute('Maximum', name))),
      8,
    ),
    graph(
      'Could not be forwarded, or started by the clock',
      [
        relay.failures.metricApproximateNumberOfMessagesVisible(perMinute('Maximum', 'relay-failures')),
        scheduler.failures.metricApproximateNumberOfMessagesVisible(perMinute('Maximum', 'schedule-failures')),
      ],
      8,
    ),
    graph('Reconciler: found unrelayed', [reconciler.unrelayed], 8),
  ]
}

function graph(title: string, left: IMetric[], width = 12): IWidget {
  return new GraphWidget({ title, left, width, leftYAxis: { min: 0, showUnits: false } })
}
