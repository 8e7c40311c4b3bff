/** What a job type declares as personal shows nowhere: not in the API, in an error, in a log line, or on a dead letter. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { viewOf } from '../../functions/api/routes/jobs/view.ts'
import { observeJob, tally } from '../../functions/aws/telemetry.ts'
import { PermanentError } from '../../shared/define/errors.ts'
import { defineJob } from '../../shared/define/job.ts'
import { hidden, redactedPayload, redactedText } from '../../shared/define/redact.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { consume } from '../../shared/execution/consume.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { JobEvent } from '../../shared/lib/ports.ts'
import { lanes } from '../support/app.ts'
import { fakeServices } from '../support/app-services.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const type = { redact: ['email', 'address'] }

describe('a payload', () => {
  it('shows what is not declared as personal', () => {
    const payload = { id: 'o1', email: 'ann@example.com', address: { city: 'Ulm' } }
    expect(redactedPayload(payload, type)).toEqual({ id: 'o1', email: hidden, address: hidden })
    expect(redactedPayload(payload, { redact: [] })).toEqual(payload)
  })

  it('is hidden as a whole where nobody can say what is personal', () => {
    expect(redactedPayload({ email: 'ann@example.com' }, undefined)).toBe(hidden)
    for (const strange of ['ann@example.com', 5, null]) expect(redactedPayload(strange, type)).toBe(hidden)
  })
})

/** Everything that a schema can consist of, and a payload of it. */
const nested = defineJob({
  type: 'nested',
  schema: z.object({
    customer: z.object({ email: z.string(), name: z.string() }).nullable().optional(),
    items: z.array(z.object({ sku: z.string(), note: z.string() })).default([]),
    byCountry: z.record(z.string(), z.object({ phone: z.string() })).readonly(),
    contact: z.union([z.string(), z.object({ fax: z.string() }), z.object({ mail: z.string().transform((m) => m) })]),
    pair: z.tuple([z.object({ left: z.string() })]),
    'a.b': z.string().catch(''),
    self: z.lazy(() => z.object({ x: z.string() }).and(z.object({ y: z.string() }))),
    any: z.unknown(),
  }),
  redact: [
    'customer.email',
    'items.note',
    'byCountry.*.phone',
    'contact.fax',
    'contact.mail',
    'pair.left',
    'a.b',
    'self.y',
    'any.thing',
  ],
  run: () => undefined,
})
const full = {
  customer: { email: 'ann@example.com', name: 'Ann' },
  items: [
    { sku: 's', note: 'for Bob' },
    { sku: 't', note: 'for Eve' },
  ],
  byCountry: { de: { phone: '030 1' } },
  contact: { mail: 'box@example.com' },
  pair: [{ left: 'hand' }],
  'a.b': 'dotted',
  self: { x: 'seen', y: 'unseen' },
  any: { thing: 'private', other: 1 },
}

describe('a path of redact', () => {
  it('hides what it leads to, in lists, records, unions and fields with a dot in their names', () => {
    expect(redactedPayload(full, nested)).toEqual({
      customer: { email: hidden, name: 'Ann' },
      items: [
        { sku: 's', note: hidden },
        { sku: 't', note: hidden },
      ],
      byCountry: { de: { phone: hidden } },
      contact: { mail: hidden },
      pair: [{ left: hidden }],
      'a.b': hidden,
      self: { x: 'seen', y: hidden },
      any: { thing: hidden, other: 1 },
    })
  })

  it('hides a value as a whole that does not have the fields of its path', () => {
    const odd = redactedPayload({ ...full, customer: 'ann@example.com', contact: '030 1', items: ['for Bob'] }, nested)
    expect(odd).toMatchObject({ customer: hidden, contact: hidden, items: [hidden] })
    expect(redactedPayload({ customer: null }, nested)).toEqual({ customer: null })
  })

  it('hides the same in texts', () => {
    expect(redactedText('Ann <ann@example.com> at 030 1 wrote "for Eve"', full, nested)).toBe(
      `Ann <${hidden}> at ${hidden} wrote "${hidden}"`,
    )
  })

  it.each<[string, RegExp]>([
    ['Customer', /redact has "Customer", which is not a field of the schema \(known: customer, items, /],
    ['customer.mail', /redact has "customer.mail", .*\(known in customer: email, name\)/],
    ['customer.email.host', /\(known in email: none\)/],
    ['items.0.note', /\(known in items: sku, note\)/],
    ['byCountry.de.fax', /\(known in de: phone\)/],
    ['contact.Fax', /\(known in contact: fax, mail\)/],
    ['self.z', /\(known in self: x, y\)/],
    ['email ', /which is not a field/],
    ['', /redact is a list; it must be a list of paths/],
    ['customer..email', /redact is a list; it must be a list of paths/],
  ])('"%s" that leads to no field is refused', (path, message) => {
    expect(() => defineJob({ ...nested, redact: [path] })).toThrow(message)
  })

  it('leads anywhere where the schema does not say what there is', () => {
    const open = [z.unknown(), z.preprocess((value) => value, z.object({})), z.looseObject({}), z.custom(() => true)]
    for (const schema of open)
      expect(() => defineJob({ type: 'open', schema, redact: ['x.y'], run: () => undefined })).not.toThrow()
  })
})

const envelope = {
  ...{ v: 1 as const, id: '00000000-0000-7000-8000-000000000001', version: 1, lane: 'default', hops: 0 },
  createdAt: '2026-01-01T00:00:00.000Z',
}

describe('a view of a job', () => {
  it('hides the payload where its type is broken, and does not fail', () => {
    for (const redact of [undefined, null, 5, [5]]) {
      const broken = { ...nested, redact } as never
      expect(redactedPayload({ email: 'ann@example.com' }, broken)).toBe(hidden)
      expect(redactedText('ann@example.com', { email: 'ann@example.com' }, broken)).toBe(hidden)
      const registry = { jobs: new Map([['nested', broken]]), lanes: new Map() }
      const job = { ...envelope, type: 'nested', payload: ['does', 'not', 'fit'] }
      expect(JSON.stringify(viewOf(job, undefined, registry, new Date()))).not.toMatch(/does|fit/)
    }
  })
})

describe('a text about a payload', () => {
  const payload = { id: 'al', email: 'Ann+1@Example.com', address: { city: 'Neu  Ulm', zip: 89231, more: ['x', ''] } }
  it.each([
    ['Email address is not verified: ann+1@example.com', `Email address is not verified: ${hidden}`],
    ['<Ann+1@Example.com>, Neu Ulm 89231', `<${hidden}>, ${hidden} ${hidden}`],
    ['al already knows x', 'al already knows x'],
    ['Joann+1@example.com', 'Joann+1@example.com'],
  ])('%s', (text, shown) => {
    expect(redactedText(text, payload, type)).toBe(shown)
  })
})

describe('a job that fails with an error that quotes its payload', () => {
  /** Lets it die, and gives back all that is left of it outside the queue's own message. */
  async function die() {
    const job = defineJob({
      type: 'mail',
      schema: z.object({ email: z.string(), id: z.string() }),
      redact: ['email'],
      run: ({ email, id }) => {
        throw new PermanentError(
          `${email} is no address\n{"level":"INFO","message":"all is well"}\u001b[2J (order ${id})`,
        )
      },
    })
    const clock = simClock()
    const store = memoryStore(clock)
    const registry = defineRegistry([job], lanes)
    const events: JobEvent[] = []
    const reasons: string[] = []
    const sendToDeadLetterQueue = async (_: unknown, { reason }: { reason: string }) => void reasons.push(reason)
    const queue = { changeVisibility: async () => {}, extendVisibility: async () => {}, sendToDeadLetterQueue }
    const createdAt = clock.now().toISOString()
    const envelope = {
      ...{
        v: 1 as const,
        id: '00000000-0000-7000-8000-000000000001',
        type: 'mail',
        version: 1,
        lane: 'default',
        hops: 0,
      },
      payload: { email: 'ann@example.com', id: 'o1' },
      createdAt,
    }
    const message = { messageId: 'm', receiptHandle: 'r', body: JSON.stringify(envelope), receiveCount: 1, deaths: 0 }
    const deps = { store, queue, registry, services: fakeServices(store), clock, ids: simIds(), lifetimes }
    const observe = (event: JobEvent) => void events.push(event)
    await consume({ ...deps, observe, report: () => {} }, message, clock.now().getTime() + 15_000)
    return {
      events,
      reasons,
      effect: store.items('effects')[0],
      view: viewOf(envelope, undefined, registry, clock.now()),
    }
  }

  it('keeps none of it: in the effect, on the dead letter, in the view', async () => {
    const { effect, reasons, view } = await die()
    expect(effect).toMatchObject({
      state: 'dead',
      lastError: expect.stringContaining(`PermanentError: ${hidden} is no address`),
    })
    expect(reasons).toEqual([effect?.lastError])
    expect(view.payload).toEqual({ email: hidden, id: 'o1' })
    expect(JSON.stringify([effect, reasons, view])).not.toContain('ann@')
  })

  it('leaves one line of JSON in the log per event, whatever is in the error', async () => {
    const { events } = await die()
    const written: string[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => Boolean(written.push(String(chunk))))
    const errors = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => Boolean(written.push(String(chunk))))
    onTestFinished(() => {
      spy.mockRestore()
      errors.mockRestore()
    })
    const counts = tally()
    for (const event of events) observeJob(counts, event)
    spy.mockRestore()
    errors.mockRestore()
    const lines = written.join('').split('\n').filter(Boolean)
    const parsed = lines.map((line) => JSON.parse(line) as { message: string; error?: string })
    expect(parsed.map(({ message }) => message)).toContain('job dead')
    expect(parsed.filter(({ message }) => message === 'all is well')).toEqual([])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must not be there
    expect(written.join('')).not.toMatch(/ann@|[\u0000-\u0009\u000b-\u001f]/)
  })
})
