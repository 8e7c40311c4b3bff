/** Order in a group of an ordered lane, whatever the delays of its jobs are and whatever fails on the way to the queue. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { request } from '../../shared/define/job.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { LaneSender, Outgoing } from '../../shared/lib/ports.ts'
import type { Item } from '../../shared/lib/write.ts'
import { decodeMessage, outboxWrite } from '../../shared/outbox/envelope.ts'
import { relay } from '../../shared/outbox/relay.ts'
import type { StreamRecord } from '../../shared/outbox/relay-send.ts'
import { handOverWrite, releaseWrite } from '../../shared/outbox/release.ts'
import { decodeTimer } from '../../shared/outbox/timer.ts'
import { appWith, jobType, lanes } from '../support/app.ts'
import { memoryTurns } from '../support/memory-indexes.ts'
import { memoryStore } from '../support/memory-store.ts'
import { seeded, simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const registry = appWith()
const kinds = new Map(lanes.map(({ name, kind }) => [name, kind]))

interface Sent {
  readonly id: string
  readonly at: number
}

/** The outbox of an ordered lane, its stream, its releases and its relay; all that is sent, as a FIFO queue takes it. */
function createLane(fails: () => boolean = () => false) {
  const clock = simClock()
  const random = seeded(7)
  /** Ids that follow from a key have no order. */
  const freshId = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0') + simIds().fresh().slice(8)
  const stream: StreamRecord[] = []
  const sent: Sent[] = []
  const timers: Outgoing[] = []
  const memory = new Map<string, number>()
  let reads = 0
  const store = memoryStore(clock, (_, before, after) => {
    const change = before === undefined ? 'inserted' : after?.releasedAt ? 'released' : undefined
    if (!change || !after) return
    const sequenceNumber = String(stream.length)
    stream.push({ sequenceNumber, change, at: clock.now().getTime(), item: after, raw: after })
  })
  const failing = (kind: 'sent' | 'failed') => (kind === 'sent' ? { kind } : { kind, reason: 'told to fail' })
  const sender: LaneSender = {
    async send(_, messages) {
      if (fails()) throw new Error('ServiceUnavailable')
      return messages.map(({ body, dedupId }) => {
        if (fails()) return failing('failed') as never
        const decoded = decodeMessage(body)
        if (decoded.kind !== 'envelope') throw new Error(decoded.reason)
        const isNew = clock.now().getTime() - (memory.get(String(dedupId)) ?? Number.NEGATIVE_INFINITY) >= 300_000
        if (isNew) memory.set(String(dedupId), clock.now().getTime())
        if (isNew) sent.push({ id: decoded.envelope.id, at: clock.now().getTime() })
        return failing('sent') as never
      })
    },
  }
  const timerSender: LaneSender = {
    async send(_, messages) {
      if (fails()) throw new Error('ServiceUnavailable')
      timers.push(...messages)
      return messages.map(() => ({ kind: 'sent' }))
    },
  }
  const { turns, envelopes } = memoryTurns(store)
  /** How far the stream is read. */
  let position = 0
  let process = new Map<string, number>()

  return {
    clock,
    store,
    stream,
    sent,
    timers,
    get isRead() {
      return position === stream.length
    },
    get reads() {
      return reads
    },
    /** Writes a change with one job of each delay, in seconds; 0 is none. */
    async write(delays: readonly number[], group = 'g'): Promise<string[]> {
      clock.advance(1)
      const now = clock.now()
      const jobs = delays.map((delay) => {
        const runAt = delay === 0 ? {} : { runAt: new Date(now.getTime() + delay * 1000) }
        return { ...request(jobType(registry, 'step'), { label: 'x', group }, runAt), id: jobId(freshId(), group) }
      })
      const origin = { now, hops: 0, outboxLifetime: 86_400 }
      const change = jobs.length > 1 ? jobs[0]?.id : undefined
      for (const [seq, job] of jobs.entries()) await store.write(outboxWrite(job, origin, registry, { seq, change }))
      return jobs.map(({ id }) => id)
    },
    /** Releases jobs that are due; of those that `skips` takes, the write fails. */
    async release(skips: () => boolean = () => false): Promise<void> {
      const now = clock.now().toISOString()
      for (const { id, due, runAt } of store.items('outbox'))
        if (due !== undefined && String(runAt) <= now && !skips())
          await store.write(releaseWrite({ id: String(id) }, 'ordered', clock.now()))
    },
    /** One invocation. Lambda comes back with all from the lowest record on that is reported. */
    async relay(batch = 100, until = Number.POSITIVE_INFINITY): Promise<void> {
      const records = stream.slice(position, position + batch)
      const deps = {
        sender,
        reject: async () => {},
        lanes: kinds,
        clock,
        observe: () => {},
        ordered: {
          turns: async (...of: Parameters<typeof turns>) => {
            if (fails()) throw new Error('ThrottlingException')
            return turns(...of)
          },
          envelopes: async (wanted: readonly string[]) => {
            if (fails()) throw new Error('ThrottlingException')
            reads += wanted.length
            return envelopes(wanted)
          },
          timers: timerSender,
          sent: process,
          until,
        },
      }
      const unsent = (await relay(deps, records)).map(Number)
      position = Math.min(position + records.length, ...unsent)
    },
    /** The process of the relay ends, and with it what it remembers. */
    restart(): void {
      process = new Map()
    },
  }
}

type Lane = ReturnType<typeof createLane>

/** By run time, then by the order of writing. The clock goes on between two changes. */
function inTurn(lane: Lane): string[] {
  const written = lane.store.items('outbox')
  const start = ({ runAt, createdAt }: Item) => String(runAt ?? createdAt)
  return written
    .toSorted((a, b) => (start(a) < start(b) ? -1 : start(a) > start(b) ? 1 : 0))
    .map(({ id }) => String(id))
}
const ids = ({ sent }: Lane) => sent.map(({ id }) => id)

async function drain(lane: Lane): Promise<void> {
  for (let n = 0; n < 2_000; n++) {
    await lane.release()
    await lane.relay()
    if (lane.isRead && lane.store.items('outbox').every(({ due }) => due === undefined)) return
    if (lane.isRead) lane.clock.advance(60_000)
  }
  throw new Error('the stream does not move on')
}

describe('jobs of a group on an ordered lane', () => {
  it('with one run time are sent in the order in which they were written, of one change and of several', async () => {
    const lane = createLane()
    const wanted = [...(await lane.write([100, 100, 100])), ...(await lane.write([99.999]))]
    await lane.relay()
    lane.clock.advance(101_000)
    // The writes of a sweep come in any order.
    const waiting = lane.store.items('outbox').reverse()
    for (const { id } of waiting) await lane.store.write(releaseWrite({ id: String(id) }, 'ordered', lane.clock.now()))
    await lane.relay(1)
    await drain(lane)
    expect(ids(lane)).toEqual(wanted)
  })

  it('that are due earlier go before one that was due within seconds when it was written later', async () => {
    const lane = createLane()
    const [first] = await lane.write([100])
    await lane.relay()
    lane.clock.advance(50_000)
    const [second] = await lane.write([85])
    await lane.relay()
    lane.clock.advance(50_000)
    await lane.release()
    await lane.relay()
    expect(ids(lane)).toEqual([first])
    lane.clock.advance(36_000)
    await drain(lane)
    expect(ids(lane)).toEqual([first, second])
  })

  it('go before one that is written after their time, also when their release fails', async () => {
    const lane = createLane()
    const waiting = await lane.write([3, 4, 60])
    lane.clock.advance(5_000)
    const [now] = await lane.write([0])
    await lane.relay()
    expect(ids(lane)).toEqual([waiting[0], waiting[1], now])
    await drain(lane)
    expect(ids(lane)).toEqual([waiting[0], waiting[1], now, waiting[2]])
  })

  it('keep their order when the relay was off for minutes', async () => {
    const lane = createLane()
    const [early, late] = await lane.write([5, 300])
    lane.clock.advance(4_900)
    const [before] = await lane.write([0])
    lane.clock.advance(200)
    const [after] = await lane.write([0])
    // The release comes a little late, and the relay much later.
    lane.clock.advance(500)
    await lane.release()
    lane.clock.advance(600_000)
    await lane.release()
    const [last] = await lane.write([0])
    for (let n = 0; n < 9; n++) await lane.relay(2)
    expect(ids(lane)).toEqual([before, early, after, late, last])
  })

  it('are not read and sent again for each job that follows', async () => {
    const lane = createLane()
    await lane.write([1, 1])
    lane.clock.advance(2_000)
    await lane.release()
    await lane.relay()
    for (let n = 0; n < 5; n++) {
      await lane.write([0])
      await lane.relay()
    }
    expect(lane.reads).toBe(0)
    expect(lane.sent).toHaveLength(7)
  })

  it('of one change keep its order when the stream has them in another', async () => {
    const lane = createLane()
    const wanted = [...(await lane.write([0, 0, 0])), ...(await lane.write([0]))]
    const [a, b, c] = lane.stream.splice(0, 3) as [StreamRecord, StreamRecord, StreamRecord]
    const numbered = [b, c, a].map((record, i) => ({ ...record, sequenceNumber: String(i) }))
    lane.stream.unshift(...numbered)
    await lane.relay()
    expect(ids(lane)).toEqual(wanted)
  })

  it('of changes of one millisecond run change by change', async () => {
    const lane = createLane()
    const two = await lane.write([0, 0])
    lane.clock.advance(-1)
    const one = await lane.write([0])
    lane.clock.advance(-1)
    const three = await lane.write([0, 0, 0])
    expect(new Set(lane.store.items('outbox').map(({ createdAt }) => createdAt)).size).toBe(1)
    await lane.relay()
    expect(ids(lane)).toEqual([...two, ...one, ...three])
  })

  it('have a timer that releases them in time, set as soon as the relay sees them', async () => {
    const lane = createLane()
    const [soon] = await lane.write([3, 1_000])
    await lane.relay()
    expect(lane.timers.map(({ delaySeconds, body }) => [delaySeconds, decodeTimer(body)[0]?.id])).toEqual([[3, soon]])
  })

  it('of another lane with a group of the same name stay out of it', async () => {
    const lane = createLane()
    await lane.write([1])
    const [other] = lane.store.items('outbox')
    await lane.store.write({ op: 'put', table: 'outbox', item: { ...other, lane: 'elsewhere' } })
    lane.clock.advance(2_000)
    const [now] = await lane.write([0])
    await lane.relay()
    expect(ids(lane)).toEqual([now])
  })

  it('that the reconciler took over are not taken along', async () => {
    const lane = createLane()
    const [gone] = await lane.write([1])
    await lane.store.write(handOverWrite(String(gone)))
    lane.clock.advance(2_000)
    const [now] = await lane.write([0])
    await lane.relay()
    expect(ids(lane)).toEqual([now])
  })

  it('are sent by several invocations where there are too many for one, and none starts anew', async () => {
    // Each call takes 10 ms, an invocation 10 s.
    const lane: Lane = createLane(() => {
      lane.clock.advance(10)
      return false
    })
    for (let n = 0; n < 40; n++) await lane.write(Array(50).fill(10))
    lane.clock.advance(20_000)
    const [now] = await lane.write([0])
    lane.stream.splice(0, 2_000)
    lane.stream.splice(0, 1, { ...(lane.stream[0] as StreamRecord), sequenceNumber: '0' })
    let calls = 0
    for (; !lane.isRead; calls++) await lane.relay(100, lane.clock.now().getTime() + 10_000)
    expect(calls).toBeGreaterThan(1)
    expect(ids(lane)).toEqual([...inTurn(lane).filter((id) => id !== now), now])
  })
})

const delay = fc.constantFrom(0, 0, 0, 0.5, 1, 1, 3, 60, 100, 100, 3_600)
/** What happens to a lane, and a number that says how much. */
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('write'), delays: fc.array(delay, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: happens('wait', 5, 400, 700, 1_000, 2_500, 30_000, 100_000, 700_000) },
  { weight: 2, arbitrary: happens('relay', 1, 2, 100) },
  { weight: 2, arbitrary: happens('release', 0, 0.5, 0.9) },
  { weight: 1, arbitrary: happens('restart', 0) },
)

function happens(what: string, ...amounts: number[]) {
  return fc.record({ what: fc.constant(what), amount: fc.constantFrom(...amounts) })
}

const moves: Record<string, (lane: Lane, amount: number, random: () => number) => unknown> = {
  wait: (lane, ms) => lane.clock.advance(ms),
  relay: (lane, batch) => lane.relay(batch),
  release: (lane, failing, random) => lane.release(() => random() < failing),
  restart: (lane) => lane.restart(),
}

/** A message that comes again is dropped by the effect guard: what counts is the first. */
function firstSent({ sent }: Lane): Sent[] {
  const first = new Map<string, Sent>()
  for (const one of sent) if (!first.has(one.id)) first.set(one.id, one)
  return [...first.values()]
}

describe('order in a group', () => {
  it('holds for any mix of delays, with refused sends, failed releases and a relay that dies', async () => {
    const scenario = fc.record({
      events: fc.array(event, { maxLength: 40 }),
      failing: fc.constantFrom(0, 0.1, 0.4),
      seed: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ events, failing, seed }) => {
        const random = seeded(seed)
        let isOver = false
        const lane = createLane(() => !isOver && random() < failing)
        for (const one of events)
          if ('delays' in one) await lane.write(one.delays)
          else await moves[one.what]?.(lane, one.amount, random)
        isOver = true
        await drain(lane)
        const first = firstSent(lane)
        expect(first.map(({ id }) => id)).toEqual(inTurn(lane))
        const startOf = new Map(lane.store.items('outbox').map(({ id, runAt }) => [id, Date.parse(String(runAt))]))
        for (const { id, at } of first) expect(at).toBeGreaterThanOrEqual(startOf.get(id) || 0)
      }),
      { numRuns: 500 },
    )
  })
})
