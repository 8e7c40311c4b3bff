import { describe, expect, it } from 'vitest'
import { createCache } from '../../functions/api/cache.ts'
import { metrics } from '../../functions/api/routes/metrics/routes.ts'
import { aligned, periodsOf } from '../../functions/api/routes/periods.ts'
import { usage } from '../../functions/api/routes/usage/routes.ts'
import type { Monitored, Point } from '../../functions/aws/monitor.ts'
import type { Series } from '../../functions/aws/series.ts'
import { apiOf } from '../support/api.ts'
import { appWith } from '../support/app.ts'

const now = new Date('2026-11-25T03:04:30.000Z')
const begin = (time: string) => Date.parse(`2026-11-25T${time}.000Z`)

const monitored: Monitored = {
  service: 'OutboxRelay-test',
  tables: [{ name: 'outbox' }, { name: 'outbox', index: 'due' }],
  queues: [
    { name: 'default', fifo: false },
    { name: 'ordered.fifo', fifo: true },
  ],
  functions: [
    { name: 'api', memoryMb: 512 },
    { name: 'consume', memoryMb: 256 },
  ],
  api: 'api',
  apiType: 'http',
}

/** A CloudWatch that has what a test put there, by the name and the dimensions' values. */
function asked(path: string, points: Readonly<Record<string, readonly Point[]>>, query: Record<string, string> = {}) {
  const questions: Series[][] = []
  const deps = {
    registry: appWith(),
    clock: { now: () => now },
    monitored,
    cache: createCache(() => now.getTime()),
    monitor: {
      alarms: async () => [],
      read: async (series: Series[]) => {
        questions.push(series)
        return series.map(({ name, dimensions, statistic }) => {
          const key = [name, ...Object.values(dimensions).filter((value) => value !== monitored.service)].join(' ')
          return points[statistic === 'Sum' ? key : `${key} ${statistic}`] ?? []
        })
      },
    },
  }
  const api = apiOf([...metrics, ...usage], deps)
  return { ask: () => api({ path, query }), questions }
}

describe('periods', () => {
  it('begin at whole multiples of their length, and the last one is still running', () => {
    const periods = periodsOf(now, 3_600, 60)
    expect(periods).toEqual({ since: new Date(begin('02:05:00')), until: now, periodSeconds: 60, count: 60 })
  })

  it('take what is measured within them, and nothing of what lies outside', () => {
    const periods = periodsOf(now, 180, 60)
    const at = (time: string, value: number) => ({ at: begin(time), value })
    expect(aligned([at('03:01:00', 9), at('03:02:00', 1), at('03:04:00', 2)], periods)).toEqual([1, 0, 2])
    expect(aligned([at('03:05:00', 9)], periods)).toEqual([0, 0, 0])
  })
})

describe('GET /metrics', () => {
  const points = {
    'succeeded default': [{ at: begin('03:04:00'), value: 7 }],
    'endToEndLatency default p50': [{ at: begin('03:00:00'), value: 120 }],
    'endToEndLatency default p99': [{ at: begin('03:00:00'), value: 900 }],
  }

  it('tells of each lane what happened in each period', async () => {
    const { body } = await asked('/metrics', points, { minutes: '5' }).ask()
    expect(body).toMatchObject({
      since: '2026-11-25T03:00:00.000Z',
      until: now.toISOString(),
      periodSeconds: 60,
      lanes: [
        { name: 'default', succeeded: [0, 0, 0, 0, 7], dead: [0, 0, 0, 0, 0], latencyMs: { p50: 120, p99: 900 } },
        { name: 'ordered', succeeded: [0, 0, 0, 0, 0] },
      ],
    })
    expect(body).not.toHaveProperty('lanes.1.latencyMs')
  })

  it('takes the higher percentile where the clock cuts the time in two', async () => {
    const cut = {
      'endToEndLatency default p50': [
        { at: begin('02:00:00'), value: 300 },
        { at: begin('03:00:00'), value: 120 },
      ],
      'endToEndLatency default p99': [
        { at: begin('02:00:00'), value: 700 },
        { at: begin('03:00:00'), value: 900 },
      ],
    }
    const { body } = await asked('/metrics', cut).ask()
    expect(body.lanes[0].latencyMs).toEqual({ p50: 300, p99: 900 })
  })

  it('asks CloudWatch once for what is asked again within seconds', async () => {
    const { ask, questions } = asked('/metrics', points)
    await ask()
    await ask()
    expect(questions).toHaveLength(1)
  })

  it('takes a day at most, by five minutes then', async () => {
    expect((await asked('/metrics', {}, { minutes: '1441' }).ask()).status).toBe(422)
    const { body } = await asked('/metrics', {}, { minutes: '1440' }).ask()
    expect(body).toMatchObject({ periodSeconds: 300 })
  })
})

describe('GET /usage', () => {
  const one = (value: number) => [{ at: begin('03:00:00'), value }]

  it('prices what was metered, and tells what a million jobs cost', async () => {
    const { body } = await asked('/usage', {
      'succeeded default': one(900),
      'succeeded ordered': one(100),
      'ConsumedWriteCapacityUnits outbox': one(4_000),
      'ConsumedWriteCapacityUnits outbox due': one(1_000),
      'NumberOfMessagesSent default': one(1_000),
      'NumberOfMessagesReceived default': [...one(500), ...one(500)],
      'NumberOfEmptyReceives ordered.fifo': one(1_000),
      'Invocations api': one(1_000),
      'Duration consume': one(1_000_000),
      'IncomingBytes /aws/lambda/api': one(1e9),
    }).ask()
    const usd = {
      writes: 0.0025,
      index: 0.000625,
      standard: 0.0008,
      fifo: 0.0005,
      invocations: 0.0002,
      compute: 250 * 0.0000133334,
      logs: 0.5,
      requests: 0.001,
    }
    const total = Object.values(usd).reduce((sum, value) => sum + value, 0)
    const { items, usdTotal, usdPerMillionJobs } = body as {
      items: { what: string; unit: string; quantity: number; usd: number }[]
      usdTotal: number
      usdPerMillionJobs: number
    }
    expect(items.map(({ what }) => what)).toEqual([
      'writes, outbox',
      'writes, outbox (index due)',
      'at most, default',
      'at most, ordered.fifo',
      'invocations',
      'compute, consume',
      'ingested',
      'requests',
    ])
    const expected = Object.values(usd)
    for (const [i, item] of items.entries()) expect(item.usd, item.what).toBeCloseTo(expected[i] ?? 0, 9)
    expect(usdTotal).toBeCloseTo(total, 9)
    expect(usdPerMillionJobs).toBeCloseTo(total * 1_000, 6)
    expect(body).toMatchObject({ jobs: 1_000, prices: { region: 'us-east-1', date: '2026-11' } })
  })

  it('of a stack that did nothing is empty, with no price a job', async () => {
    const { body } = await asked('/usage', {}).ask()
    expect(body).toMatchObject({ jobs: 0, items: [], usdTotal: 0 })
    expect(body).not.toHaveProperty('usdPerMillionJobs')
  })
})

describe('a cache', () => {
  it('asks again when its answer is old, or when there was none', async () => {
    let time = 0
    let asked = 0
    const cache = createCache(() => time)
    const ask = async () => ++asked
    expect([await cache('a', 10, ask), await cache('a', 10, ask), await cache('b', 10, ask)]).toEqual([1, 1, 2])
    time = 10
    expect(await cache('a', 10, ask)).toBe(3)
    await expect(cache('c', 10, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await cache('c', 10, ask)).toBe(4)
  })

  it('asks once for all who ask at the same time, and keeps the answer as long as the answer says', async () => {
    let time = 0
    let asked = 0
    const cache = createCache(() => time)
    const ask = async () => ++asked
    const keep = (answer: number) => 10 * answer
    expect(await Promise.all([cache('a', keep, ask), cache('a', keep, ask)])).toEqual([1, 1])
    time = 9
    expect(await cache('a', keep, ask)).toBe(1)
    time = 10
    expect(await cache('a', keep, ask)).toBe(2)
    expect([await cache('b', 0, ask), await cache('b', 0, ask)]).toEqual([3, 4])
  })
})
