/** A list never fails for one member, whatever is stored of it: the others are shown, and the one as far as it can be. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { user } from '../../app/records/user.ts'
import { webhook } from '../../app/records/webhook.ts'
import { users } from '../../app/routes/users.ts'
import { webhooks } from '../../app/routes/webhooks.ts'
import { actions } from '../../functions/api/routes/actions/routes.ts'
import { deadLetters } from '../../functions/api/routes/dead-letters/routes.ts'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import { defineJob } from '../../shared/define/job.ts'
import { create, defineRecord } from '../../shared/define/record.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { failingKey } from '../../shared/execution/effect/failing.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { action } from '../../shared/recovery/action.ts'
import type { FailingIndex } from '../../shared/recovery/failing-jobs.ts'
import { apiOf } from '../support/api.ts'
import { lanes } from '../support/app.ts'
import { memoryRecords, storeWith } from '../support/app-services.ts'
import { memoryJobIndexes } from '../support/memory-job-indexes.ts'
import type { MemoryStore } from '../support/memory-store.ts'

const now = new Date('2026-11-25T03:04:30.000Z')
const schema = z.object({ email: z.string(), items: z.array(z.object({ note: z.string() })).optional() })
const job = defineJob({ type: 'work', schema, redact: ['email', 'items.note'], run: () => undefined })
const registry = defineRegistry([job], lanes)

const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const effect = (n: number, state: 'dead' | 'retrying') =>
  ({
    ...{ pk: idOf(n), type: 'work', lane: 'default', state, attempts: 2, budget: 2, deaths: 1 },
    ...{ createdAt: '2026-11-24T00:00:00.000Z', lastError: `Error: no. ${n}`, expiresAt: 9 },
    failures: [{ attempt: 1, at: '2026-11-24T00:00:00.000Z', error: 'Error: no' }],
    ...{ failing: failingKey(state, 0), failingAt: `2026-11-24T00:00:0${n}.000Z#${idOf(n)}` },
    ...(state === 'dead' ? { finishedAt: '2026-11-24T00:00:00.000Z' } : { notBefore: now.getTime() + 5_000 }),
  }) as unknown as Effect
const envelope = (n: number) =>
  ({
    ...{ v: 1, id: idOf(n), type: 'work', version: 1, payload: { email: 'ann@example.com' }, lane: 'default' },
    ...{ hops: 0, createdAt: '2026-11-24T00:00:00.000Z' },
  }) as Envelope

/** What some later or earlier version, or a person with the AWS console, may have left in an attribute. */
const strange = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    1e300,
    '',
    'x',
    '\ud83d',
    true,
    [],
    {},
    { toString: [] },
  ),
  fc.jsonValue(),
)
const kept = ['pk', 'failing', 'failingAt', 'state']
const broken = <T extends object>(value: T): fc.Arbitrary<T> =>
  fc
    .dictionary(fc.constantFrom(...Object.keys(value).filter((name) => !kept.includes(name))), strange, { minKeys: 1 })
    .map((changes) => ({ ...value, ...changes }))

function servicesOf(effects: readonly Effect[], envelopes: readonly Envelope[]) {
  const ofPartition = (partition: string) => effects.filter(({ failing }) => failing === partition)
  const failing: FailingIndex = {
    query: async (partition) => ofPartition(partition),
    errors: async (partition) => ofPartition(partition),
    count: async (partition) => ofPartition(partition).length,
  }
  const stored = envelopes.map((envelope) => {
    const { id: _, ...key } = { ...envelope, pk: envelope.id, sk: envelope.id }
    return { ...key, id: envelope.id, payload: JSON.stringify(envelope.payload), expiresAt: 2_000_000_000 }
  })
  const tables = { effects, outbox: stored } as unknown as Readonly<Record<string, Item[]>>
  const listing = {
    hasAll: true,
    indexes: memoryJobIndexes({ items: (table: string) => tables[table] ?? [] } as MemoryStore),
    effects: async () => effects,
    items: async () => stored,
  }
  return { failing, listing, registry, envelopes: async () => envelopes, clock: { now: () => now } }
}

describe('the list of failing jobs', () => {
  it.each(['dead', 'retrying'] as const)('shows every %s job, whatever stands in one of them', async (state) => {
    await fc.assert(
      fc.asyncProperty(broken(effect(2, state)), fc.option(broken(envelope(2))), async (odd, itsEnvelope) => {
        const services = servicesOf(
          [effect(1, state), odd, effect(3, state)],
          [envelope(1), ...(itsEnvelope ? [{ ...itsEnvelope, id: idOf(2) }] : []), envelope(3)],
        )
        const { status, body } = await apiOf(jobs, services)({ path: '/jobs', query: { status: state } })
        expect(status).toBe(200)
        const shown = body.jobs.map(({ id }: { id: string }) => id)
        expect(shown.filter((id: string) => id !== idOf(2))).toEqual([idOf(3), idOf(1)])
        expect(JSON.stringify(body)).not.toContain('ann@example.com')
        const letters = await apiOf(deadLetters, services)({ path: '/dead-letters' })
        expect(letters.status).toBe(200)
        if (state === 'dead') expect(letters.body.deadLetters).toHaveLength(3)
      }),
      { numRuns: 150 },
    )
  })
})

describe('a list of records', () => {
  const at = '2026-11-24T00:00:00.000Z'
  it.each([
    ['users', users, create(user, { id: 'a', email: 'ann@example.com', fullName: 'Ann', createdAt: at, jobs: [] })],
    [
      'webhooks',
      webhooks,
      create(webhook, { id: 'a', url: 'https://a.example', events: ['order.created'], secret: 's', createdAt: at }),
    ],
    ['actions', actions, create(action, { id: 'a', at, by: 'ann', action: 'reconcile', detail: '' })],
  ])('of %s shows the others where one does not fit its schema', async (name, routes, good) => {
    const store = await storeWith([good])
    const [item = {}] = store.items('records')
    // As another version of the schema, or a person, has left it.
    const odd = { ...item, sk: `${item.sk}-odd`, url: 5, fullName: null, by: [] }
    await store.write({ op: 'put', table: 'records', item: odd })
    const answer = await apiOf(routes as never, { records: memoryRecords(store) })({ path: `/${name}` })
    expect([answer.status, answer.body[name]]).toMatchObject([200, [{ id: 'a' }]])
  })

  it('throws for a job that works through all of them, unless it asks for what can be read', async () => {
    const store = await storeWith([])
    const place = { pk: 'things', sk: 'b' }
    await store.write({ op: 'put', table: 'records', item: { ...place, _kind: 'thing', n: 'x' } })
    const thing = defineRecord({ name: 'thing', schema: z.object({ n: z.int() }), key: () => place })
    const list = (skipUnreadable?: boolean) =>
      memoryRecords(store).list(thing, { pk: 'things', limit: 5, ...(skipUnreadable && { skipUnreadable }) })
    await expect(list()).rejects.toThrow(z.ZodError)
    expect(await list(true)).toEqual({ values: [], unreadable: [place] })
  })
})
