/** The circuit breaker's alarm over minutes of virtual time: consumers write its metrics, and the template says when it is in ALARM. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { lanes } from '../../app/lanes.ts'
import { laneOutcomes } from '../../functions/aws/telemetry.ts'
import { compileAlarm, wholeMinutes } from '../../local/alarms/evaluation.ts'
import type { Datapoint, MetricStore } from '../../local/metrics.ts'
import type { Alarm } from '../../local/model.ts'
import { defineJob } from '../../shared/define/job.ts'
import { minute, oneLane, second } from '../support/one-lane.ts'
import { type Props, StageTemplate } from './support/template.ts'

const { circuitBreaker } = lanes.find(({ name }) => name === 'bulk')!
const properties = new StageTemplate('prod').named('AWS::CloudWatch::Alarm', 'bulk-circuit-breaker').Properties
const alarm: Alarm = {
  ...{ logicalId: 'breaker', name: 'breaker', description: '', actions: [] },
  ...{ comparison: properties.ComparisonOperator, threshold: properties.Threshold },
  ...{ evaluationPeriods: properties.EvaluationPeriods, datapointsToAlarm: properties.DatapointsToAlarm },
  treatMissingData: properties.TreatMissingData,
  metrics: (properties.Metrics as Props[]).map(({ Id, Expression, MetricStat, ReturnData }) => ({
    ...{ id: Id, expression: Expression, metricName: MetricStat?.Metric.MetricName, dimensions: {} },
    ...{ statistic: MetricStat?.Stat ?? 'Sum', periodSeconds: MetricStat?.Period ?? 60 },
    returnData: ReturnData ?? true,
  })),
}

const schema = z.object({ receiver: z.string(), tenant: z.string().optional() })
type Delivery = z.infer<typeof schema>
interface Traffic {
  /** Jobs that are written in each second. */
  at(seconds: number): readonly Delivery[]
  isDown(receiver: string, minutes: number): boolean
  readonly minutes?: number
}

/** The minutes after which the alarm was in ALARM. */
async function minutesInAlarm({ at, isDown, minutes = 10 }: Traffic): Promise<number[]> {
  const minutesPassed = () => (lane.clock.now().getTime() - start) / minute
  const job = defineJob({
    ...{ type: 'deliver', schema, maxAttempts: 20, backoff: { baseSeconds: 2, capSeconds: 39_600 } },
    tenant: ({ tenant }) => tenant,
    run({ receiver }) {
      if (isDown(receiver, minutesPassed())) throw new Error('connect ECONNREFUSED')
    },
  })
  const lane = oneLane({ job, circuitBreaker })
  const start = lane.clock.now().getTime()
  const points: Datapoint[] = []
  const query: MetricStore['query'] = (_, from, to) => points.filter(({ at }) => at > from && at <= to)
  const metrics = { query, put: () => {}, keepFor: () => {} }
  const evaluate = compileAlarm(alarm, wholeMinutes)
  const inAlarm: number[] = []
  for (let now = 0; now < minutes * 60; now++) {
    await lane.write(at(now))
    await lane.pass(second)
    const moment = lane.clock.now().getTime()
    const written = metricLines(() => laneOutcomes('bulk', lane.events.splice(0)))
    points.push(
      ...written.flatMap(({ outcomes }) => [outcomes].flat()).map((value) => ({ at: moment, value, count: 1 })),
    )
    if ((now + 1) % 60 === 0 && evaluate(metrics, moment, 'OK').state === 'ALARM') inAlarm.push((now + 1) / 60)
  }
  return inAlarm
}

/** The lines of metrics that a call writes to standard output. */
function metricLines(write: () => void): { readonly outcomes: number | number[] }[] {
  const lines: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  write()
  spy.mockRestore()
  return lines.map((line) => JSON.parse(line))
}

const to = (receiver: string, tenant: string | undefined = receiver): Delivery => ({
  receiver,
  ...(tenant && { tenant }),
})
const healthy = ['ann', 'bob', 'cid', 'dan'].map((name) => to(name))

describe('the circuit breaker stays closed', () => {
  test('for ten minutes with one dead receiver among healthy ones', async () => {
    const at = () => [to('dead'), ...healthy]
    expect(await minutesInAlarm({ at, isDown: (name) => name === 'dead' })).toEqual([])
  })

  test('while a dead receiver has ten times the jobs of all others, without tenants', async () => {
    const at = (now: number) => [...Array(3).fill(to('dead', '')), ...(now % 20 === 0 ? [to('ann', '')] : [])]
    expect(await minutesInAlarm({ at, isDown: (name) => name === 'dead' })).toEqual([])
  })

  test('while all jobs are those of one tenant, and fail', async () => {
    expect(await minutesInAlarm({ at: () => [to('dead'), to('dead')], isDown: () => true })).toEqual([])
  })

  test('while a few jobs of several tenants are tried again and again', async () => {
    const at = (now: number) => (now < 6 ? healthy : [])
    expect(await minutesInAlarm({ at, isDown: () => true })).toEqual([])
  })

  test('as long as a job of the lane succeeds in each minute, whichever others fail', async () => {
    const traffic = fc.array(fc.constantFrom('dead', 'down', 'gone'), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(traffic, fc.boolean(), async (failing, haveTenants) => {
        const named = (name: string) => (haveTenants ? to(name) : to(name, ''))
        const at = (now: number) => [...failing.map(named), ...(now % 30 === 0 ? [named('ann')] : [])]
        expect(await minutesInAlarm({ at, isDown: (name) => name !== 'ann', minutes: 4 })).toEqual([])
      }),
      { numRuns: 6 },
    )
  })
})

describe('the circuit breaker opens', () => {
  test.each([
    ['with tenants', healthy],
    ['without tenants', healthy.map(({ receiver }) => to(receiver, ''))],
    ['of two tenants', healthy.slice(0, 2)],
  ])('within two minutes after all jobs begin to fail: %s', async (_, jobs) => {
    const minutes = await minutesInAlarm({ at: () => jobs, isDown: (_, passed) => passed >= 3.5, minutes: 6 })
    expect(minutes[0]).toBe(5)
  })

  test('for jobs that had failed before, when their lane is resumed too early', async () => {
    const at = (now: number) => (now < 20 ? healthy : [])
    const minutes = await minutesInAlarm({ at, isDown: () => true, minutes: 4 })
    // Each of the 80 jobs counts in each minute in which it fails.
    expect(minutes).toEqual([1, 2, 3, 4])
  })
})
