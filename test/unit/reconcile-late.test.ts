/** Late is not lost: a job whose message waits in a queue is not sent again, however long it waits. */
import type { SQSClient } from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, it } from 'vitest'
import { laneWaits } from '../../functions/aws/lane-waits.ts'
import { failWrite } from '../../shared/execution/effect/end-writes.ts'
import { grace, marksOf, type QueueWait } from '../../shared/recovery/reconcile-marks.ts'
import { missedPart } from '../../shared/recovery/reconcile-pass.ts'
import { lanes } from '../support/app.ts'
import { day, hour, minute, type Reconciling, reconciling } from '../support/reconciling.ts'
import { partOf } from '../support/segments.ts'

let world: Reconciling
beforeEach(async () => {
  world = reconciling()
  // Of a new stage every part is unread.
  await world.hours(24)
})

const jobs = 96
async function backlog(): Promise<QueueWait> {
  for (let n = 0; n < jobs; n++) await world.written()
  return { kind: 'oldest', sentAt: world.clock.now().getTime() }
}

describe('a lane that is behind', () => {
  it.each([30, 7 * 24])(
    'for %i hours: nothing is sent again, nothing is reported, and the table is read once a day',
    async (hours) => {
      world.waits.set('default', await backlog())
      await world.hours(hours)
      expect([world.sent, world.told]).toEqual([[], []])
      expect(world.scanned / jobs).toBeLessThanOrEqual(Math.ceil(hours / 24))
    },
  )

  it('and lost one job: it is found once the lane has passed it', async () => {
    world.waits.set('default', { kind: 'oldest', sentAt: world.clock.now().getTime() })
    world.clock.advance(minute)
    const lost = await world.written()
    await world.hours(48)
    expect(world.sent).toEqual([])
    world.waits.set('default', { kind: 'oldest', sentAt: world.clock.now().getTime() })
    await world.hours(25)
    expect(world.sent).toEqual([lost])
  })

  it('does not hide what another lane has lost', async () => {
    world.waits.set('default', await backlog())
    const lost = await world.written({}, 'step', 'g')
    await world.hours(24)
    expect(world.sent).toEqual([lost])
  })

  it('does not have its retries sent again', async () => {
    const id = await world.written()
    await world.claim(id)
    await world.store.write(failWrite(world.end(id)))
    world.waits.set('default', { kind: 'oldest', sentAt: world.clock.now().getTime() })
    await world.hours(5 * 24)
    expect(world.sent).toEqual([])
  })
})

describe('a relay that was off for hours and comes back', () => {
  /** What CloudWatch tells of a batch that a relay sent just now. Lambda measures only its last record; the relay, each job. */
  async function waitAfter(lane: (typeof lanes)[number], written: readonly number[]): Promise<QueueWait | undefined> {
    const now = world.clock.now().getTime()
    const known: Readonly<Record<string, number>> = {
      ApproximateAgeOfOldestMessage: 0,
      IteratorAge: now - written.at(-1)!,
      forwardLatency: now - Math.min(...written),
    }
    const Attributes = { ApproximateNumberOfMessages: String(written.length) }
    const waits = await laneWaits({
      sqs: { send: async () => ({ Attributes }) } as unknown as SQSClient,
      monitor: { read: async (asked) => asked.map(({ name }) => [{ at: now, value: known[name] ?? 0 }]) },
      control: { state: async () => 'running' },
      urls: new Map([[lane.name, { kind: lane.kind, queueUrl: 'q', deadLetterUrl: 'd' }]]),
      lanes: [lane],
      prefix: 'Shop',
      now: () => now,
    })
    return waits.get(lane.name)
  }

  it.each(lanes.map((lane) => [lane.name, lane] as const))(
    'on the lane %s: the first job of its batch is not sent again, however new the last one is',
    async (name, lane) => {
      const write = () => (lane.kind === 'ordered' ? world.written({}, 'step', 'g') : world.written())
      const written: number[] = []
      for (const pause of [5 * hour, minute]) {
        written.push(world.clock.now().getTime())
        await write()
        world.clock.advance(pause)
      }
      const wait = await waitAfter(lane, written)
      world.waits.set(name, wait!)
      await world.everything()
      expect([world.sent, world.told]).toEqual([[], []])
    },
  )
})

describe('a lane that is paused, or does not tell its age', () => {
  it.each<QueueWait>([{ kind: 'unknown' }, { kind: 'unreadable', reason: 'AccessDenied' }])('%o', async (wait) => {
    await backlog()
    world.waits.set('default', wait)
    await world.hours(7 * 24)
    expect([world.sent, world.told]).toEqual([[], []])
  })

  it('for longer than its queue keeps messages: each job is sent again once a week, and without another read of the table', async () => {
    world.waits.set('default', { kind: 'unknown' })
    await backlog()
    await world.hours(17 * 24)
    expect(world.sent).toHaveLength(2 * jobs)
    expect(world.scanned / jobs).toBe(17)
  })

  it('for longer than the outbox keeps items: its jobs are there still, and run once it is resumed', async () => {
    world.waits.set('default', { kind: 'unknown' })
    const id = await world.written()
    await world.hours(100 * 24)
    expect(world.store.items('outbox')).toMatchObject([{ id }])
    world.sent.splice(0)
    world.waits.set('default', { kind: 'empty' })
    await world.hours(24)
    expect(world.sent).toEqual([id])
  })

  it('for longer than an effect is kept: what a dead process left is not forgotten before its item', async () => {
    world.waits.set('default', { kind: 'unknown' })
    const id = await world.written()
    await world.claim(id)
    await world.hours(100 * 24)
    const effect = world.effect(id)
    expect(Number(effect?.expiresAt) * 1_000).toBeGreaterThan(world.clock.now().getTime())
    expect(effect).toMatchObject({ attempts: 1, deaths: 0 })
  })

  it('is said at the end of the run when its age cannot be read', async () => {
    world.waits.set('default', { kind: 'unreadable', reason: 'AccessDenied' })
    expect((await world.hours(1))[0]?.unreadable).toEqual(['default: AccessDenied'])
  })
})

describe('a lane whose messages could not be looked at', () => {
  it('has its part read again in the next hour, and its lost jobs found then', async () => {
    const id = await world.written()
    await world.hours((partOf(id) - world.clock.now().getUTCHours() + 23) % 24)
    world.waits.set('default', { kind: 'unreadable', reason: 'TimeoutError' })
    await world.hours(1)
    expect(world.sent).toEqual([])
    world.waits.set('default', { kind: 'empty' })
    await world.hours(1)
    expect(world.sent).toEqual([id])
  })
})

describe('a part whose pass began a little before its hour', () => {
  it.each([
    [-10_000, []],
    [-2 * hour, [0]],
  ])('by %i ms, because the clock of the function is behind the Scheduler: %j is read again', async (by, missed) => {
    const now = world.clock.now().getTime()
    expect(await missedPart(world, now + hour)).toEqual([])
    const state = {
      ...(await world.store.get('effects', { pk: 'reconciler#0' })),
      pk: 'reconciler#0',
      readAt: now + by,
    }
    await world.store.write({ op: 'put', table: 'effects', item: state })
    expect(await missedPart(world, now + hour)).toEqual(missed)
    expect(await missedPart(world, now + hour - 1_000)).toEqual(missed)
  })
})

describe('the mark of a lane', () => {
  const now = 100 * day
  const markOf = (wait: QueueWait) => marksOf(new Map([['lane', wait]]), now).lane
  it.each<[QueueWait, number]>([
    [{ kind: 'empty' }, now - grace],
    [{ kind: 'oldest', sentAt: now - hour }, now - hour - grace],
    [{ kind: 'oldest', sentAt: now - hour, lag: 2 * hour }, now - 3 * hour - grace],
    [{ kind: 'empty', lag: hour }, now - hour - grace],
    [{ kind: 'oldest', sentAt: now + hour }, now - grace],
    [{ kind: 'oldest', sentAt: now - 9 * day }, now - 7 * day - grace],
    [{ kind: 'unknown' }, now - 7 * day - grace],
    [{ kind: 'unreadable', reason: '' }, now - 7 * day - grace],
  ])('%o', (wait, mark) => {
    expect(markOf(wait)).toBe(mark)
  })
})
