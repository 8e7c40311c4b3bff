/** What a person watches: alarms, how many jobs come how far, and what that costs. */
import { expect, it } from 'vitest'
import type { Alarm } from '../../functions/api/routes/alarms/schemas.ts'
import type { LaneMetrics } from '../../functions/api/routes/metrics/schemas.ts'
import type { Usage } from '../../functions/api/routes/usage/schemas.ts'
import { api } from './support/api.ts'
import { alarmName, withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, jobsAre, postBatch, postJob, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

withAws('what is measured', () => {
  it('is told per lane and period, with how long jobs took', async () => {
    const bulk = async () => {
      const { body } = await api.get<{ periodSeconds: number; lanes: LaneMetrics[] }>('/metrics?minutes=60')
      expect(body.periodSeconds).toBe(60)
      return body.lanes.find(({ name }) => name === 'bulk') as LaneMetrics
    }
    const before = await bulk()
    expect(before.accepted).toHaveLength(60)
    const ids = await postBatch(Array.from({ length: 5 }, () => probeJob({ key: unique('key') }, { lane: 'bulk' })))
    await jobsAre(ids, 'succeeded')
    await jobIs(await postJob(probeJob({ key: unique('key'), permanent: true }, { lane: 'bulk' })), 'dead')
    // An hour went by since `before` for none of these, so the sums can only have grown.
    const after = await eventually('all are counted', bulk, ({ accepted, succeeded, dead }) => {
      const grew = (now: number[], then: number[], by: number) => total(now) >= total(then) + by
      return grew(accepted, before.accepted, 6) && grew(succeeded, before.succeeded, 5) && grew(dead, before.dead, 1)
    })
    expect(after.latencyMs?.p50).toBeGreaterThan(0)
    expect(after.latencyMs?.p99).toBeGreaterThanOrEqual(after.latencyMs?.p50 ?? Number.NaN)
  })

  it('has its price', async () => {
    await jobIs(await postJob(probeJob({ key: unique('key') })), 'succeeded')
    // An answer is given again for a minute: each look is another question.
    let hours = 100
    const usage = async () => (await api.get<Usage>(`/usage?hours=${hours++}`)).body
    const { items, usdTotal, usdPerMillionJobs, prices } = await eventually(
      'a job is counted',
      usage,
      ({ jobs }) => jobs > 0,
    )
    expect(new Set(items.map(({ service }) => service))).toEqual(
      new Set(['DynamoDB', 'SQS', 'Lambda', 'CloudWatch Logs', 'API Gateway']),
    )
    for (const item of items) expect(item.usd, item.what).toBeGreaterThan(0)
    expect(total(items.map(({ usd }) => usd))).toBeCloseTo(usdTotal, 9)
    expect(usdPerMillionJobs).toBeGreaterThan(3)
    expect(prices).toEqual({ region: 'us-east-1', date: '2026-11' })
  })

  it('sets off alarms, which have a description and a runbook', async () => {
    await jobIs(await postJob(probeJob({ key: unique('key'), permanent: true }, { lane: 'bulk' })), 'dead')
    const alarms = async () => (await api.get<{ alarms: Alarm[] }>('/alarms')).body.alarms
    const dead = (all: Alarm[]) => all.find(({ name }) => name === alarmName('bulk-dead-letters'))
    const all = await eventually('the alarm is in ALARM', alarms, (all) => dead(all)?.state === 'ALARM')
    expect(all[0]?.state).toBe('ALARM')
    expect(dead(all)).toMatchObject({
      description: expect.stringMatching(/^Jobs of the lane bulk failed/),
      since: expect.stringMatching(/Z$/),
      runbook: 'docs/operations.md#dead-letters',
    })
  })
})
