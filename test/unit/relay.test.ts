import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JobOptions, request } from '../../shared/define/job.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { Outgoing, SendResult } from '../../shared/lib/ports.ts'
import { utf8 } from '../../shared/lib/write.ts'
import { decodeMessage, type Envelope, outboxWrite } from '../../shared/outbox/envelope.ts'
import { outgoing } from '../../shared/outbox/message.ts'
import { type RelayDeps, relay } from '../../shared/outbox/relay.ts'
import type { RelayEvent, StreamRecord } from '../../shared/outbox/relay-send.ts'
import { chunks } from '../../shared/outbox/send.ts'
import { appWith, jobType, lanes } from '../support/app.ts'
import { seeded, simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const registry = appWith()
const ids = simIds()
const clock = simClock()
const deep = '['.repeat(100_000) + ']'.repeat(100_000)
const kinds = new Map(lanes.map(({ name, kind }) => [name, kind]))
let sequence = 0

function record(group?: string, options: JobOptions = {}, change: object = {}): StreamRecord {
  const job = request(
    jobType(registry, group === undefined ? 'work' : 'step'),
    { label: String(sequence), group },
    options,
  )
  const origin = { now: clock.now(), hops: 0, outboxLifetime: 100 }
  const write = outboxWrite({ ...job, id: jobId(ids.fresh(), group) }, origin, registry)
  const item = { ...(write.op === 'put' ? write.item : {}), ...change }
  return { sequenceNumber: String(++sequence), change: 'inserted', at: clock.now().getTime(), item, raw: item }
}

type Send = (lane: string, messages: readonly Outgoing[]) => SendResult[]
const sent = { kind: 'sent' } as const
const failed = { kind: 'failed', reason: 'InternalError' } as const

const minutesAgo = (minutes: number) => new Date(clock.now().getTime() - minutes * 60_000).toISOString()

/** A record that no relay can read. */
const bad: StreamRecord = { sequenceNumber: 'bad', change: 'inserted', at: 0, item: undefined, raw: {} }

/** What the relay of ordered lanes works with; nothing waits. */
const nothingWaits = () => ({
  turns: async () => [],
  envelopes: async () => [],
  timers: { send: async (_: string, list: readonly Outgoing[]) => list.map(() => sent) },
  sent: new Map(),
  until: Number.POSITIVE_INFINITY,
})

/** Relays, and tells what was sent (as the labels of the jobs), rejected and observed. */
async function run(
  records: readonly StreamRecord[],
  send: Send = (_, list) => list.map(() => sent),
  rest: Partial<RelayDeps> = {},
) {
  const taken: string[] = []
  const messages: Outgoing[] = []
  const rejected: string[] = []
  const events: RelayEvent[] = []
  const unsent = await relay(
    {
      sender: {
        async send(lane, list) {
          const results = send(lane, list)
          messages.push(...list)
          taken.push(...list.filter((_, i) => results[i]?.kind === 'sent').map(labelOf))
          return results
        },
      },
      reject: async ({ sequenceNumber }) => {
        rejected.push(sequenceNumber)
      },
      lanes: kinds,
      clock,
      ordered: nothingWaits(),
      observe: (event) => events.push(event),
      ...rest,
    },
    records,
  )
  return { unsent, taken, messages, rejected, events }
}

function labelOf({ body }: Outgoing): string {
  const decoded = decodeMessage(body)
  return decoded.kind === 'envelope' ? (decoded.envelope.payload as { label: string }).label : 'malformed'
}
const labels = (records: readonly StreamRecord[]) =>
  records.map(({ sequenceNumber }) => String(Number(sequenceNumber) - 1))

describe('the relay', () => {
  it('sends what was inserted, each to its lane', async () => {
    const records = [record(), record('g'), record()]
    const { unsent, taken, events } = await run(records)
    expect(unsent).toEqual([])
    expect(taken.sort()).toEqual(labels(records).sort())
    expect(events.map(({ kind }) => kind).sort()).toEqual([...Array(3).fill('accepted'), ...Array(3).fill('forwarded')])
  })

  it('counts a job as accepted once, also when the stream comes again with its record', async () => {
    const records = [
      record(),
      record(undefined, { runAt: new Date(clock.now().getTime() + 3_600_000) }),
      record(),
      record(),
    ]
    const refused = labels(records)[2]
    const accepted = (events: readonly RelayEvent[]) =>
      events.flatMap((event) =>
        event.kind === 'accepted' ? [(event.envelope.payload as { label: string }).label] : [],
      )
    const first = await run(records, (_, list) => list.map((m) => (labelOf(m) === refused ? failed : sent)))
    expect(accepted(first.events)).toEqual(labels(records).slice(0, 2))
    const again = await run(records.slice(records.findIndex((each) => each.sequenceNumber === first.unsent[0])))
    expect(accepted(again.events)).toEqual(labels(records).slice(2))
    const reject = () => Promise.reject(new Error('the failure queue does not answer'))
    const third = await run([records[0]!, bad, records[3]!], undefined, { reject })
    expect(third.unsent).toEqual(['bad'])
    expect(accepted(third.events)).toEqual(labels(records).slice(0, 1))
  })

  it('reports what SQS refused in an answer that was otherwise fine', async () => {
    const records = [record(), record(), record()]
    const poison = labels(records)[1]
    const { unsent, taken, events } = await run(records, (_, list) =>
      list.map((m) => (labelOf(m) === poison ? failed : sent)),
    )
    expect(unsent).toEqual([records[1]?.sequenceNumber])
    expect(taken).toEqual([labels(records)[0], labels(records)[2]])
    expect(events).toContainEqual({ kind: 'unsent', sequenceNumber: unsent[0], reason: 'InternalError' })
  })

  it('tries what was refused again, and only that', async () => {
    let calls = 0
    const records = [record(), record()]
    const { unsent, messages } = await run(records, (_, list) =>
      ++calls === 1 ? [sent, failed] : list.map(() => sent),
    )
    expect(unsent).toEqual([])
    expect(messages.map(labelOf)).toEqual([...labels(records), labels(records)[1]])
  })

  it('reports all of a call that failed, and what has no result', async () => {
    const records = [record(), record()]
    const numbers = records.map(({ sequenceNumber }) => sequenceNumber)
    const throwing = await run(records, () => {
      throw new Error('ServiceUnavailable')
    })
    expect(throwing.unsent).toEqual(numbers)
    expect((await run(records, () => [])).unsent).toEqual(numbers)
  })

  it.each<[string, StreamRecord]>([
    ['without an image', bad],
    ['that is no outbox item', { ...bad, item: { pk: 'x' } }],
    ['of a future version', { ...record(undefined, {}, { v: 9 }), sequenceNumber: 'bad' }],
    ['nested too deep for a message', { ...record(undefined, {}, { payload: deep }), sequenceNumber: 'bad' }],
    [
      'of an unknown lane, older than a deploy takes',
      { ...record(undefined, {}, { lane: 'express', createdAt: minutesAgo(6) }), sequenceNumber: 'bad' },
    ],
    ['of an ordered lane without a group', { ...record(undefined, {}, { lane: 'ordered' }), sequenceNumber: 'bad' }],
  ])('rejects a record %s, and its neighbours go on', async (_, bad) => {
    const good = [record(), record('g')]
    const { unsent, taken, rejected } = await run([good[0]!, bad, good[1]!])
    expect({ unsent, rejected }).toEqual({ unsent: [], rejected: ['bad'] })
    expect(taken.sort()).toEqual(labels(good).sort())
  })

  it('leaves a new item of an unknown lane in the stream, with all behind it, for a deploy may add the lane', async () => {
    const [before, behind] = [record(), record()]
    const early = record(undefined, {}, { lane: 'express', createdAt: minutesAgo(4) })
    const { unsent, taken, rejected, events } = await run([before, early, behind])
    expect({ unsent, rejected }).toEqual({ unsent: [early.sequenceNumber], rejected: [] })
    expect(taken).toEqual(labels([before]))
    expect(events).toContainEqual({
      kind: 'unsent',
      sequenceNumber: early.sequenceNumber,
      reason: expect.stringContaining('unknown lane "express" (known: '),
    })
    const kinds = new Map([...lanes.map(({ name, kind }) => [name, kind] as const), ['express', 'standard'] as const])
    expect((await run([early, behind], undefined, { lanes: kinds })).taken).toEqual(labels([early, behind]))
  })

  it('keeps a record that it could not even reject', async () => {
    const reject = () => Promise.reject(new Error('ServiceUnavailable'))
    expect((await run([bad, record()], undefined, { reject })).unsent).toEqual(['bad'])
  })

  it('leaves a job that waits until it is released, and lets SQS delay the rest', async () => {
    const at = (seconds: number) => ({ runAt: new Date(clock.now().getTime() + seconds * 1000) })
    const { messages, unsent } = await run([
      record(undefined, at(901)),
      record(undefined, at(899.5)),
      record(undefined, at(-5)),
    ])
    expect(unsent).toEqual([])
    expect(messages.map(({ delaySeconds }) => delaySeconds)).toEqual([900, 0])
  })

  it('sends a job that was released ahead of its time with the rest of its delay, and accepts it only once', async () => {
    const waits = record(undefined, { runAt: new Date(clock.now().getTime() + 1_000_000) })
    const kindsOf = async (one: StreamRecord) => (await run([one])).events.map(({ kind }) => kind)
    expect(await kindsOf(waits)).toEqual(['accepted'])
    clock.advance(900_000)
    const { due, ...item } = waits.item as Record<string, unknown>
    expect(due).toMatch(/^due#/)
    const released: StreamRecord = { ...waits, change: 'released', item: { ...item, releasedAt: 'x' } }
    expect((await run([released])).messages).toMatchObject([{ delaySeconds: 100 }])
    expect(await kindsOf(released)).toEqual(['forwarded'])
  })

  it('names the group on an ordered lane, and the tenant on a standard one', async () => {
    const { messages } = await run([record('g'), record(undefined, { tenant: 'acme' })])
    expect(messages.sort((a, b) => String(a.groupId).localeCompare(String(b.groupId)))).toMatchObject([
      { groupId: 'acme' },
      { groupId: 'g', dedupId: expect.stringMatching(/^g~[0-9a-f-]{36}$/) },
    ])
  })
})

it('two jobs of one id in two groups are two messages for a FIFO queue', () => {
  const uuid = '00000000-0000-7000-8000-000000000001'
  const of = (group: string) =>
    outgoing(
      { id: `${group}~${uuid}`, group, lane: 'ordered', createdAt: clock.now().toISOString() } as Envelope,
      'ordered',
      clock.now(),
      { sendKey: `-s${clock.now().getTime()}` },
    )
  expect(of('a').dedupId).not.toBe(of('b').dedupId)
  // Of 64 characters for the group, SQS still takes the whole.
  expect(of('x'.repeat(64)).dedupId?.length).toBeLessThanOrEqual(128)
})

describe('order', () => {
  it('within a group is kept under any pattern of failures, and what follows a failure is reported', async () => {
    const scenario = fc.record({
      groups: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 }),
      failing: fc.constantFrom(0, 0.2, 0.5, 0.8, 1),
      throwing: fc.constantFrom(0, 0.1, 0.5),
      seed: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ groups, failing, throwing, seed }) => {
        const random = seeded(seed)
        const records = groups.map((group) => record(group))
        const { unsent, taken } = await run(records, (_, list) => {
          if (random() < throwing) throw new Error('ServiceUnavailable')
          return list.map(() => (random() < failing ? failed : sent))
        })
        for (const group of ['a', 'b', 'c']) {
          const all = labels(records.filter((_, i) => groups[i] === group))
          const arrived = taken.filter((label) => all.includes(label))
          expect(arrived).toEqual(all.slice(0, arrived.length))
          const lost = all.slice(arrived.length).map((label) => String(Number(label) + 1))
          expect(unsent.filter((number) => all.includes(String(Number(number) - 1)))).toEqual(lost)
        }
      }),
    )
  })
})

describe('a message for an ordered lane', () => {
  it('is refused for a job without a group, so that it spoils no batch', () => {
    const item = record(undefined, {}, { lane: 'ordered' }).item as Record<string, unknown>
    const decoded = decodeMessage(JSON.stringify({ ...item, payload: {} }))
    if (decoded.kind !== 'envelope') throw new Error(decoded.reason)
    expect(() => outgoing(decoded.envelope, 'ordered', clock.now())).toThrow(
      /lane "ordered" is ordered, and the job has/,
    )
    expect(outgoing(decoded.envelope, 'standard', clock.now())).not.toHaveProperty('dedupId')
  })
})

describe('chunks', () => {
  it('hold 10 messages and 1 MiB at most, lose none and keep their order', () => {
    const size = fc.oneof(fc.nat(300), fc.nat(800_000))
    fc.assert(
      fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
        const entries = sizes.map((length, i) => ({ i, message: { body: 'é'.repeat(length / 2), deaths: 12 } }))
        const result = chunks(entries)
        expect(result.flat()).toEqual(entries)
        for (const chunk of result) {
          expect(chunk.length).toBeLessThanOrEqual(10)
          const attributes = chunk.length * 'deathsNumber12'.length
          expect(chunk.reduce((sum, { message }) => sum + utf8(message.body), attributes)).toBeLessThanOrEqual(2 ** 20)
        }
      }),
    )
    expect(chunks(Array.from({ length: 21 }, () => ({ message: { body: '' } }))).map(({ length }) => length)).toEqual([
      10, 10, 1,
    ])
  })
})
