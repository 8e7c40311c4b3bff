/** Rate limits: how many jobs of a key start in any window, over many consumers, and what waiting costs. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { defineJob, type JobSettings, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import { createLimiter } from '../../shared/execution/rate-limit/limiter.ts'
import { jobId } from '../../shared/lib/id.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Clock, JobEvent, Store } from '../../shared/lib/ports.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { outgoing } from '../../shared/outbox/message.ts'
import { envelopesOf } from '../../shared/outbox/outbox-item.ts'
import { lanes } from '../support/app.ts'
import { memoryStore } from '../support/memory-store.ts'
import { most } from '../support/most.ts'
import { seeded, simIds } from '../support/random.ts'
import { laneMessage, type SimLane, simConsumerQueue } from '../support/sim-lanes.ts'
import { simQueue } from '../support/sim-queue.ts'

const schema = z.object({ label: z.string(), key: z.string().optional() })
type Settings = Partial<JobSettings<typeof schema>>

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }))
afterEach(() => void vi.useRealTimers())

/** Consumers of one lane at work at the same time, whose calls take some ms. */
function consumers(settings: Settings, width = 20) {
  const random = seeded(7)
  const clock: Clock = {
    now: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random,
  }
  const memory = memoryStore(clock)
  const runs: { readonly at: number; readonly label: string; readonly key?: string }[] = []
  const job = defineJob({
    ...{ type: 'job', schema, rateLimit: { limit: 20, perSeconds: 1 } },
    run: ({ label, key }) => void runs.push({ at: Date.now(), label, key }),
    ...settings,
  })
  const registry = defineRegistry([job], lanes)
  const lane: SimLane = { fifo: false, queue: simQueue({ clock }), deadLetters: simQueue({ clock }) }
  const writes = { limit: 0, refused: 0, effect: 0 }
  const events: JobEvent[] = []
  const slow: Store = {
    ...memory,
    async write(write) {
      await clock.sleep(2 + random() * 20)
      const result = await memory.write(write)
      const isLimit = write.op === 'update' && String(write.key.pk).startsWith('limit#')
      writes[isLimit ? 'limit' : 'effect']++
      if (isLimit && result.kind === 'refused') writes.refused++
      await clock.sleep(2 + random() * 20)
      return result
    },
  }
  const ids = simIds()
  let isOn = true
  async function poll(): Promise<void> {
    const limiter = createLimiter({ store: slow, clock })
    while (isOn) {
      const taken = lane.queue.receive(10, 90)
      if (taken.length === 0) {
        await clock.sleep(50 + random() * 50)
        continue
      }
      const returned = await consumeBatch(
        {
          ...{ store: slow, clock, ids, registry, lifetimes, limiter },
          services: {} as Services,
          queue: simConsumerQueue(lane),
          observe: (event) => events.push(event),
          report: ({ error }) => {
            throw error
          },
        },
        taken.map((message) => laneMessage(lane, message)),
        Date.now() + 15_000,
      )
      for (const { id, receipt } of taken) if (!returned.includes(id)) lane.queue.remove(receipt)
    }
  }
  return {
    ...{ runs, writes, events, lane, memory, clock },
    async send(payloads: readonly z.infer<typeof schema>[]) {
      for (const payload of payloads) {
        const write = outboxWrite(
          { ...request(job, payload), id: jobId(ids.fresh(), undefined) },
          { now: clock.now(), hops: 0, outboxLifetime: lifetimes.outbox },
          registry,
        )
        await memory.write(write)
      }
      for (const envelope of envelopesOf(memory.items('outbox')).slice(-payloads.length))
        lane.queue.send(outgoing(envelope, 'standard', clock.now()))
    },
    async pass(ms: number) {
      isOn = true
      const polling = Array.from({ length: width }, poll)
      await vi.advanceTimersByTimeAsync(ms)
      isOn = false
      await Promise.race([Promise.all(polling), vi.advanceTimersByTimeAsync(20_000)])
    },
    receives: () => events.filter(({ kind }) => kind === 'started' || kind === 'limited').length,
  }
}

const labels = (count: number, key?: string) => Array.from({ length: count }, (_, n) => ({ label: String(n), key }))

describe('a backlog of a limited type', () => {
  it.each([
    { limit: 20, perSeconds: 1, burst: 4, count: 400 },
    { limit: 100, perSeconds: 1, burst: 20, count: 1_000 },
    { limit: 14, perSeconds: 1, burst: 3, count: 300 },
    { limit: 1, perSeconds: 1, burst: 1, count: 40 },
    { limit: 60, perSeconds: 60, burst: 1, count: 100 },
    { limit: 500, perSeconds: 1, burst: 100, count: 2_500 },
    { limit: 1_000, perSeconds: 1, burst: 200, count: 2_000 },
  ])('of $count jobs at $limit in $perSeconds s', async ({ limit, perSeconds, burst, count }) => {
    const world = consumers({ rateLimit: { limit, perSeconds, burst } })
    await world.send(labels(count))
    const began = Date.now()
    const ideal = (count / limit) * perSeconds * 1_000
    await world.pass(ideal * 1.15 + 3_000)
    const started = world.runs.map(({ at }) => at)
    expect(started).toHaveLength(count)
    expect(most(started, perSeconds * 1_000)).toBeLessThanOrEqual(limit + burst)
    expect(Math.max(...started) - began).toBeLessThanOrEqual(ideal * 1.15 + 2_000)
    expect(world.receives() / count).toBeLessThanOrEqual(2.2)
    // Two, and those that are refused because another consumer was faster.
    expect(world.writes.limit / count).toBeLessThanOrEqual(2.2)
  })

  it('does not hold up another key, nor a job without one', async () => {
    const key = ({ key }: { key?: string | undefined }) => key
    const world = consumers({ rateLimit: { limit: 5, perSeconds: 1, key } })
    await world.send([...labels(100, 'a'), ...labels(5, 'b'), ...labels(50)])
    await world.pass(3_000)
    const of = (key?: string) => world.runs.filter((run) => run.key === key)
    expect(of('b')).toHaveLength(5)
    expect(of()).toHaveLength(50)
    expect(of('a').length).toBeGreaterThanOrEqual(10)
    expect(
      most(
        of('a').map(({ at }) => at),
        1_000,
      ),
    ).toBeLessThanOrEqual(6)
  })

  it('leaves a lane of few consumers free for other jobs, and keeps its own rate', async () => {
    const key = ({ key }: { key?: string | undefined }) => key
    const world = consumers({ rateLimit: { limit: 20, perSeconds: 1, key } }, 4)
    await world.send([...labels(400, 'a'), ...labels(20, 'b'), ...labels(20)])
    const began = Date.now()
    await world.pass(26_000)
    const last = (key?: string) => Math.max(...world.runs.filter((run) => run.key === key).map(({ at }) => at)) - began
    expect(world.runs).toHaveLength(440)
    expect(Math.max(last('b'), last())).toBeLessThanOrEqual(6_000)
    expect(last('a')).toBeLessThanOrEqual(20_000 * 1.15)
  })

  it('writes about half as often as it has jobs, and a job that passes at once costs at most one write', async () => {
    const world = consumers({ rateLimit: { limit: 100, perSeconds: 1 } })
    await world.send(labels(1_000))
    await world.pass(13_000)
    expect(world.runs).toHaveLength(1_000)
    expect(world.writes.limit / 1_000).toBeLessThan(0.6)
    const idle = consumers({ rateLimit: { limit: 100, perSeconds: 1 } }, 1)
    for (let n = 0; n < 20; n++) {
      await idle.send(labels(1))
      await idle.pass(1_000)
    }
    expect(idle.runs).toHaveLength(20)
    expect(idle.writes.limit).toBeLessThanOrEqual(21)
  })

  it('uses up no attempt, and is no failure', async () => {
    const world = consumers({ rateLimit: { limit: 10, perSeconds: 1 } })
    await world.send(labels(50))
    await world.pass(10_000)
    const effects = world.memory.items('effects').filter(({ state }) => state !== undefined)
    expect(effects.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(Array(50).fill('succeeded 1'))
    expect(effects.some((effect) => 'failing' in effect || 'failures' in effect)).toBe(false)
    expect(new Set(world.events.map(({ kind }) => kind))).toEqual(new Set(['limited', 'started', 'succeeded']))
  })
})

describe('a limit', () => {
  const rateLimit = { limit: 20, perSeconds: 1, burst: 4 }
  const starts = (world: ReturnType<typeof consumers>) => world.runs.map(({ at }) => at)

  it('holds when a lane is resumed after a pause in which all places have passed', async () => {
    const world = consumers({ rateLimit })
    await world.send(labels(400))
    await world.pass(3_000)
    await vi.advanceTimersByTimeAsync(60_000)
    await world.pass(25_000)
    expect(world.runs).toHaveLength(400)
    expect(most(starts(world), 1_000)).toBeLessThanOrEqual(24)
  })

  it('holds for attempts that fail and are repeated', async () => {
    const tried = new Map<string, number>()
    const at: number[] = []
    const world = consumers({
      rateLimit,
      backoff: { baseSeconds: 1, capSeconds: 2 },
      run: ({ label }) => {
        at.push(Date.now())
        tried.set(label, (tried.get(label) ?? 0) + 1)
        if (tried.get(label) === 1) throw new Error('no')
      },
    })
    await world.send(labels(200))
    await world.pass(30_000)
    expect(at).toHaveLength(400)
    expect(most(at, 1_000)).toBeLessThanOrEqual(24)
  })

  it('holds for duplicates of every message', async () => {
    const world = consumers({ rateLimit })
    await world.send(labels(200))
    for (const { body } of world.lane.queue.messages) world.lane.queue.send({ body })
    await world.pass(30_000)
    expect(world.runs).toHaveLength(200)
    expect(most(starts(world), 1_000)).toBeLessThanOrEqual(24)
  })

  it('holds when a process stands still while its jobs wait for their slots', async () => {
    const world = consumers({ rateLimit })
    await world.send(labels(200))
    const { sleep } = world.clock
    let calls = 0
    world.clock.sleep = (ms) => sleep(ms > 100 && calls++ % 2 === 0 ? ms + 1_000 : ms)
    await world.pass(60_000)
    expect(calls).toBeGreaterThan(10)
    expect(world.runs).toHaveLength(200)
    expect(most(starts(world), 1_000)).toBeLessThanOrEqual(24)
  })

  it('of many keys is remembered for the latest of them', async () => {
    const memory = memoryStore({ now: () => new Date() })
    let refused = 0
    const store: Pick<Store, 'write'> = {
      async write(write) {
        const result = await memory.write(write)
        if (result.kind === 'refused') refused++
        return result
      },
    }
    const limiter = createLimiter({ store, clock: { now: () => new Date() } as Clock })
    const take = (key: string) =>
      limiter.take({
        jobId: key,
        of: { type: 'job', limit: { limit: 1, perSeconds: 60 }, key, timeLimitSeconds: 5 },
        ...{ hasWaited: true, ahead: 0 },
      })
    for (let n = 0; n <= 1_000; n++) await take(`key ${n}`)
    expect(refused).toBe(0)
    await take('key 1')
    expect(refused).toBe(0)
    await take('key 0')
    expect(refused).toBe(1)
  })

  it('begins anew where its item has expired', async () => {
    const world = consumers({ rateLimit })
    await world.send(labels(40))
    await world.pass(1_000)
    for (const { pk, state } of world.memory.items('effects'))
      if (state === undefined) await world.memory.write({ op: 'delete', table: 'effects', key: { pk } })
    await world.pass(5_000)
    expect(world.runs).toHaveLength(40)
  })
})
