import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ids } from '../../functions/aws/ids.ts'
import { defineJob, type JobOptions, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { groupPattern, jobId } from '../../shared/lib/id.ts'
import { jsonFlaw } from '../../shared/lib/json-exact.ts'
import type { Item } from '../../shared/lib/write.ts'
import { decodeMessage, envelopeSchema, outboxWrite } from '../../shared/outbox/envelope.ts'
import { encodeMessage } from '../../shared/outbox/message.ts'
import { decodeItem, placeProblem } from '../../shared/outbox/outbox-item.ts'
import { lanes } from '../support/app.ts'

const now = new Date('2026-01-01T00:00:00Z')
const any = defineJob({ type: 'any', version: 3, schema: z.unknown(), run: () => undefined })
const registry = defineRegistry([any], lanes)
const origin = { now, hops: 2, traceparent: '00-1-2-01', outboxLifetime: 100 }

function itemOf(payload: unknown, options: JobOptions = {}): Item {
  const write = outboxWrite(
    { ...request(any, payload, options), id: jobId(ids.fresh(), options.group) },
    origin,
    registry,
  )
  return write.op === 'put' ? write.item : {}
}
const good = itemOf({ a: 1 })
const message = { ...good, payload: { a: 1 } }

describe('an outbox item', () => {
  // fast-check first makes a table of all characters: seconds of work, and far more on a busy machine.
  it('gives back any JSON, through the table and through the queue', { timeout: 180_000 }, () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (payload) => {
        // A writer refuses what JSON does not keep exactly.
        fc.pre(jsonFlaw(payload) === undefined)
        const sent = JSON.parse(JSON.stringify(payload))
        const decoded = decodeItem(itemOf(payload))
        if (decoded.kind !== 'envelope') throw new Error(decoded.reason)
        expect(decoded.envelope.payload).toEqual(sent)
        const body = encodeMessage(decoded.envelope)
        expect(body).not.toMatch(/[\uFFFE\uFFFF]/)
        expect([...body].every((character) => character >= ' ')).toBe(true)
        expect(body.isWellFormed()).toBe(true)
        expect(decodeMessage(body)).toEqual(decoded)
      }),
    )
  })

  it('gives back group, tenant and time', () => {
    fc.assert(
      fc.property(fc.stringMatching(groupPattern), (group) => {
        const decoded = decodeItem(itemOf({}, { lane: 'ordered', group, tenant: 'acme', runAt: now }))
        expect(decoded).toMatchObject({
          envelope: { v: 1, version: 3, lane: 'ordered', group, tenant: 'acme', hops: 2, runAt: now.toISOString() },
        })
      }),
    )
  })

  it('waits in the index for a time that its queue cannot wait for: on an ordered lane any time ahead', () => {
    const due = (seconds: number, options: JobOptions = {}) =>
      itemOf({}, { ...options, runAt: new Date(now.getTime() + seconds * 1000) }).due
    expect(itemOf({}).due).toBeUndefined()
    expect(due(900)).toBeUndefined()
    expect(due(901)).toMatch(/^due#[0-3]$/)
    const ordered = { lane: 'ordered', group: 'a' }
    expect(due(0, ordered)).toBeUndefined()
    expect(due(-5, ordered)).toBeUndefined()
    expect(due(0.001, ordered)).toMatch(/^due#/)
  })

  it('has a turn in its group while it waits on an ordered lane', () => {
    const runAt = new Date(now.getTime() + 3_000)
    expect(itemOf({}, { lane: 'ordered', group: 'a', runAt }).turn).toBe(`waiting#${runAt.toISOString()}`)
    expect(itemOf({}, { lane: 'ordered', group: 'a' })).not.toHaveProperty('turn')
    expect(itemOf({}, { runAt: new Date(now.getTime() + 901_000) })).not.toHaveProperty('turn')
  })

  it('has its place among the jobs of its change, except the first', () => {
    const job = { ...request(any, {}), id: ids.fresh() }
    const seqs = [0, 1, 2]
      .map((seq) => outboxWrite(job, origin, registry, { seq }))
      .map((w) => w.op === 'put' && w.item.seq)
    expect(seqs).toEqual([undefined, 1, 2])
  })

  it('is kept from its time to run on', () => {
    expect(itemOf({}).expiresAt).toBe(now.getTime() / 1000 + 100)
    const runAt = new Date(now.getTime() + 3_600_000)
    expect(itemOf({}, { runAt }).expiresAt).toBe(runAt.getTime() / 1000 + 100)
  })

  it.each<[string, Item]>([
    ['no payload', { ...good, payload: undefined }],
    ['a payload that is no text', { ...good, payload: {} }],
    ['a payload that is no JSON', { ...good, payload: '{' }],
    ['a version of the future', { ...good, v: 2 }],
    ['an id that is none', { ...good, id: 'x' }],
    ['a time that is none', { ...good, runAt: 'soon' }],
    ['no type', { ...good, type: '' }],
    ['nothing', {}],
  ])('with %s is malformed, and says why', (_, item) => {
    const decoded = decodeItem(item)
    expect(decoded.kind).toBe('malformed')
    expect('reason' in decoded && decoded.reason.length).toBeGreaterThan(10)
  })

  const id = String(good.id)
  const grouped = itemOf({}, { lane: 'ordered', group: 'a' })
  it.each<[string, Item, string]>([
    ['another partition key', { ...good, pk: 'order-1' }, `its id asks for ("${id}", "${id}")`],
    ['another sort key', { ...good, sk: 'order-1' }, 'its id asks for'],
    ['an id in capitals', { ...good, id: id.toUpperCase() }, 'is not a job id'],
    ['a group that its id does not have', { ...good, group: 'a' }, 'the group is "a"; its id asks for missing'],
    ['no group, which its id has', { ...grouped, group: undefined }, 'the group is missing; its id asks for "a"'],
    ['a tenant that SQS refuses', { ...good, tenant: 'Müller & Co' }, 'tenant'],
    ['a time with an offset', { ...good, createdAt: '2026-01-01T00:00:00.000+00:00' }, 'createdAt'],
    ['a time with microseconds', { ...good, createdAt: '2026-01-01T00:00:00.000000Z' }, 'createdAt'],
    ['a time without milliseconds', { ...good, runAt: '2026-01-01T00:00:00Z' }, 'runAt'],
    ['no TTL', { ...good, expiresAt: undefined }, 'expiresAt'],
    ['a TTL in milliseconds', { ...good, expiresAt: 1_767_225_700_000 }, 'not in milliseconds'],
    ['a TTL that is a number of seconds from now', { ...good, expiresAt: 2_592_000 }, 'before the start time'],
    ['a TTL of 2^60', { ...good, expiresAt: 2n ** 60n }, 'expiresAt'],
    ['a version that is text', { ...good, version: '1' }, 'version'],
    ['no hops', { ...good, hops: undefined }, 'hops'],
    [
      'a number that JavaScript does not have',
      { ...good, payload: '{"no":12345678901234567890}' },
      'payload.no is a whole',
    ],
    ['a NaN of Python', { ...good, payload: '{"no":NaN}' }, 'not JSON'],
    ['a payload that grows too large', { ...good, payload: `[${'1e15,'.repeat(79_000)}1]` }, 'larger than'],
  ])('with %s is malformed, and says what is wrong', (_, item, reason) => {
    const decoded = decodeItem(item)
    expect('reason' in decoded && decoded.reason).toContain(reason)
  })

  it('has a payload that is refused exactly when a writer refuses it', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.constantFrom(2 ** 53, 1e300, -(2 ** 60), 5e-324),
    )
    const texts = fc.string({ unit: fc.constantFrom('a', '\\', '"', '1', 'e', '\ud83d', '\ude00') })
    const deep = fc
      .integer({ min: 0, max: 120 })
      .map((levels) => JSON.parse('['.repeat(levels) + ']'.repeat(levels) || '0'))
    fc.assert(
      fc.property(fc.oneof(fc.object({ values: [numbers, texts], key: texts }), deep), (payload) => {
        const text = JSON.stringify(payload)
        const parsed = JSON.parse(text)
        expect(decodeItem({ ...good, payload: text }).kind).toBe(jsonFlaw(parsed) ? 'malformed' : 'envelope')
      }),
    )
  })

  const later = itemOf({}, { runAt: new Date(now.getTime() + 3_600_000) })
  it.each<[string, Item]>([
    ['in a bucket that does not exist', { ...later, due: 'due#7' }],
    ['in the bucket of another id', { ...later, due: later.due === 'due#0' ? 'due#1' : 'due#0' }],
    ['until no time', { ...later, dueAt: undefined }],
    ['until a time that is none', { ...later, dueAt: 'soon' }],
    ['at a place that is none', { ...later, seq: 'first' }],
  ])('that waits %s has a problem, and can still be sent', (_, item) => {
    expect(placeProblem(later, { id: String(later.id) })).toBeUndefined()
    expect(placeProblem(item, { id: String(item.id) })).toMatch(/due|seq/)
    expect(decodeItem(item).kind).toBe('envelope')
  })

  it('of any shape is read or malformed, and never throws', () => {
    fc.assert(
      fc.property(fc.object(), (item) => {
        expect(decodeItem(item).kind).toBe('malformed')
        expect(decodeMessage(JSON.stringify(item)).kind).toBe('malformed')
      }),
    )
    for (const body of ['', 'null', '[]', '"x"', '{', '5']) expect(decodeMessage(body).kind).toBe('malformed')
  })

  it('may carry more than this version knows', () => {
    const decoded = decodeMessage(JSON.stringify({ ...message, later: true }))
    expect(decoded.kind).toBe('envelope')
    expect(envelopeSchema.parse(message)).not.toHaveProperty('pk')
  })
})
