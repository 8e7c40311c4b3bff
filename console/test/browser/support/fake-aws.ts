/** What CloudWatch would tell of a stack: alarms, metrics, usage; the same on each run. */
import type { Alarm, LaneMetrics, Metrics, Usage } from '../../../web/src/api/types.ts'
import { productAlarm } from '../../support/product-alarms.ts'
import { night } from './fake-data.ts'

const at = (minutesAgo: number) => new Date(night - minutesAgo * 60_000).toISOString()

const watched = [
  productAlarm('api-5xx'),
  productAlarm('dead-letters', { lane: 'bulk' }),
  productAlarm('lane-late', { lane: 'bulk', lateAfterSeconds: 86_400 }),
  productAlarm('dead-letters', { lane: 'default' }),
  productAlarm('lane-late', { lane: 'default', lateAfterSeconds: 600 }),
  productAlarm('relay-behind', { relay: 'relay' }),
  productAlarm('sweep-silent'),
]

export const alarms: readonly Alarm[] = watched.map((alarm) => {
  const isNew = alarm.name.endsWith('-iterator-age')
  return {
    ...alarm,
    state: isNew ? 'INSUFFICIENT_DATA' : 'OK',
    reason: isNew ? 'Unchecked: Initial alarm creation' : 'No datapoints were received in 1 period',
    since: at(2_000),
  }
})

/** The same alarms, some of them in ALARM. */
export function inAlarm(names: readonly string[]): Alarm[] {
  return alarms.map((alarm) => {
    const place = names.findIndex((name) => alarm.name.endsWith(`-${name}`))
    if (place < 0) return alarm
    const reason = 'Threshold Crossed: 1 datapoint [484.0] was greater than the threshold (0.0).'
    return { ...alarm, state: 'ALARM' as const, since: at(24 + place * 18), reason }
  })
}

const minutes = 60

function lane(name: string, busy: number, latency: LaneMetrics['latencyMs'], failing = 0): LaneMetrics {
  const each = (of: (minute: number) => number) => Array.from({ length: minutes }, (_, i) => Math.round(of(i)))
  const wave = (i: number) => busy * (1 + 0.35 * Math.sin(i / 7) + 0.1 * Math.cos(i * 1.7))
  const bad = (i: number) => (i < 36 ? 0 : failing * (0.6 + 0.4 * Math.sin(i)))
  return {
    name,
    accepted: each(wave),
    started: each((i) => wave(i) + bad(i)),
    succeeded: each((i) => wave(i) * (failing && i >= 36 ? 0.5 : 1)),
    retrying: each(bad),
    dead: each((i) => bad(i) / 4),
    latencyMs: latency,
  }
}

export const metrics: Metrics = {
  since: at(minutes),
  until: at(0),
  periodSeconds: 60,
  lanes: [
    lane('urgent', 12, { p50: 84, p99: 412 }),
    lane('default', 420, { p50: 131, p99: 2_480 }, 80),
    lane('bulk', 96, { p50: 910, p99: 186_000 }, 32),
    lane('ordered', 0, undefined),
  ],
}

const items = [
  ['DynamoDB', 'write units of the outbox', 412_004, 'write units', 0.2575],
  ['DynamoDB', 'write units of the effects', 405_118, 'write units', 0.2532],
  ['DynamoDB', 'read units', 36_220, 'read units', 0.0045],
  ['SQS', 'requests', 96_410, 'requests of 64 KB', 0.0386],
  ['Lambda', 'invocations', 81_200, 'requests', 0.0162],
  ['Lambda', 'run time', 3_184.4, 'GB-seconds', 0.0425],
  ['API Gateway', 'requests of the HTTP API', 51_002, 'requests', 0.051],
] as const

export const usage: Usage = {
  since: at(24 * 60),
  until: at(0),
  jobs: 204_311,
  items: items.map(([service, what, quantity, unit, usd]) => ({ service, what, quantity, unit, usd })),
  usdTotal: 0.6635,
  usdPerMillionJobs: 3.2475,
  prices: { region: 'us-east-1', date: '2026-11-01' },
}
