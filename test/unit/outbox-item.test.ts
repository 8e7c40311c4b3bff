import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ids } from '../../functions/aws/ids.ts'
import { defineJob, type JobOptions, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { groupPattern, jobId } from '../../shared/lib/id.ts'
import type { Item } from '../../shared/lib/write.ts'
import { decodeItem, decodeMessage, envelopeSchema, outboxWrite } from '../../shared/outbox/envelope.ts'
import { encodeMessage } from '../../shared/outbox/message.ts'
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
