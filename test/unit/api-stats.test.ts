import { expect, it } from 'vitest'
import { createCache } from '../../functions/api/cache.ts'
import { stats } from '../../functions/api/routes/stats/routes.ts'
import type { Point } from '../../functions/aws/monitor.ts'
import type { Series } from '../../functions/aws/series.ts'
import { apiOf } from '../support/api.ts'
import { appWith } from '../support/app.ts'

const now = new Date('2026-11-25T03:04:30.000Z')

/** Lanes with so many visible messages, and a CloudWatch that has these ages, by queue; `undefined` is one that fails. */
function asked(
  visible: Readonly<Record<string, number>>,
  ages: Readonly<Record<string, readonly number[]>> | undefined,
  failing = 3,
) {
  const questions: Series[][] = []
  const counted: string[] = []
  let time = now.getTime()
  const deps = {
    registry: appWith(),
    clock: { now: () => new Date(time) },
    monitored: { service: 'OutboxRelay-test' },
    cache: createCache(() => time),
    laneDepth: async (lane: string) => ({ visible: visible[lane] ?? 0, inFlight: 0, delayed: 1, dead: 0 }),
    failing: {
      count: async (partition: string) => {
        counted.push(partition)
        return partition.startsWith('dead') ? (2 * failing) / 3 : failing / 3
      },
    },
    monitor: {
      alarms: async () => [],
      read: async (series: Series[]): Promise<Point[][]> => {
        questions.push(series)
        if (!ages) throw new Error('CloudWatch is down')
        return series.map(({ dimensions }) =>
          (ages[dimensions.QueueName ?? ''] ?? []).map((value, at) => ({ at, value })),
        )
      },
    },
  }
  const api = apiOf(stats, deps)
  const ask = async () => (await api({ path: '/stats' })).body
  return { ask, questions, counted, advance: (ms: number) => (time += ms) }
}

const ages = { 'OutboxRelay-test-default': [30, 90], 'OutboxRelay-test-ordered.fifo': [400] }

it('tells how long the oldest message of a lane waits, as CloudWatch had it last', async () => {
  expect(await asked({ default: 3, ordered: 1 }, ages).ask()).toEqual({
    lanes: [
      { name: 'default', visible: 3, inFlight: 0, delayed: 1, dead: 0, oldestAgeSeconds: 90 },
      { name: 'ordered', visible: 1, inFlight: 0, delayed: 1, dead: 0, oldestAgeSeconds: 400 },
    ],
    jobs: { retrying: 4, dead: 8 },
  })
})

it('tells no age of a lane in which nothing waits any more: that one was of a minute ago', async () => {
  expect(await asked({ default: 3 }, ages).ask()).not.toHaveProperty('lanes.1.oldestAgeSeconds')
})

it('tells all else while CloudWatch fails', async () => {
  const body = await asked({ default: 3 }, undefined).ask()
  expect(body).toMatchObject({ lanes: [{ name: 'default', visible: 3 }, { name: 'ordered' }] })
  expect(body).not.toHaveProperty('lanes.0.oldestAgeSeconds')
})

it('asks CloudWatch once for many that look', async () => {
  const { ask, questions } = asked({ default: 3 }, ages)
  await ask()
  await ask()
  expect(questions).toHaveLength(1)
})

it('counts failing jobs less often the more there are, because a count reads all of them', async () => {
  const { ask, counted, advance } = asked({}, ages, 300)
  const counts = async () => {
    await ask()
    return counted.length / 8
  }
  // 1,200 jobs in 8 partitions: for 12 s.
  expect([await counts(), await counts()]).toEqual([1, 1])
  advance(11_999)
  expect(await counts()).toBe(1)
  advance(1)
  expect(await counts()).toBe(2)

  const many = asked({}, ages, 300_000)
  await many.ask()
  many.advance(59_999)
  await many.ask()
  expect(many.counted.length).toBe(8)
  many.advance(1)
  await many.ask()
  expect(many.counted.length).toBe(16)
})
