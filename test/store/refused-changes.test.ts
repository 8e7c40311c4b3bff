/** A change that can never be committed is refused at once: a job's outside call is made once, an API's caller is told why. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { router } from '../../functions/api/router.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { defineJob } from '../../shared/define/job.ts'
import { create, defineRecord, put, type RecordWrite, update } from '../../shared/define/record.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { consume } from '../../shared/execution/consume.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { lanes } from '../support/app.ts'
import { startDynamoLocal, tableNames } from '../support/dynamo-local.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

let engine: Awaited<ReturnType<typeof startDynamoLocal>>
let store: Store
beforeAll(async () => {
  engine = await startDynamoLocal()
  store = dynamoStore(engine.documents, tableNames)
})
afterAll(() => engine?.stop())

const clock = simClock()
const ids = simIds()
let count = 0
const fresh = () => `i${++count}`

const thing = defineRecord({
  name: 'thing',
  schema: z.looseObject({ id: z.string() }),
  key: ({ id }: { id: string }) => ({ pk: `thing#${id}`, sk: 'thing' }),
})

const buffered = defineRecord({
  name: 'buffered',
  schema: z.object({ id: z.string(), b: z.instanceof(Buffer) }),
  key: ({ id }: { id: string }) => ({ pk: `buffered#${id}`, sk: 'buffered' }),
})

/** A value with as many levels of objects. */
function deep(levels: number): unknown {
  return levels === 0 ? 1 : { v: deep(levels - 1) }
}

class Wheel {
  readonly size = 1
}
const looped: Record<string, unknown> = {}
looped.self = looped

const refused: readonly [name: string, path: string, records: () => RecordWrite[]][] = [
  [
    'an update of an optional field to undefined',
    '',
    () => [update(thing, { id: fresh() }, { set: { note: undefined } })],
  ],
  [
    'an update that adds to what it sets',
    'n',
    () => [update(thing, { id: fresh() }, { set: { n: 1 }, add: { n: 1 } })],
  ],
  ['an update of the key', 'id', () => [update(thing, { id: fresh() }, { set: { id: 'x' } })]],
  ['an update that adds undefined', 'n', () => [update(thing, { id: fresh() }, { add: { n: undefined as never } })]],
  ['a Date that no schema declares', 'at', () => [create(thing, { id: fresh(), at: new Date(0) })]],
  ['NaN', 'n', () => [create(thing, { id: fresh(), n: Number.NaN })]],
  ['an empty Set that no schema declares', 's', () => [create(thing, { id: fresh(), s: new Set() })]],
  ['1e200', 'n', () => [create(thing, { id: fresh(), n: 1e200 })]],
  ['a number beyond 2^53', 'n', () => [create(thing, { id: fresh(), n: 2 ** 53 })]],
  ['a number that is almost 0', 'n', () => [create(thing, { id: fresh(), n: 1e-131 })]],
  ['a bigint that no schema declares', 'n', () => [create(thing, { id: fresh(), n: 5n })]],
  ['a Buffer, where the schema insists on one', 'b', () => [create(buffered, { id: fresh(), b: Buffer.from('x') })]],
  ['a URL', 'list.0', () => [create(thing, { id: fresh(), list: [new URL('https://example.com')] })]],
  ['an instance of a class', 'w', () => [create(thing, { id: fresh(), w: new Wheel() })]],
  ['a function', 'f', () => [create(thing, { id: fresh(), f: () => 1 })]],
  ['a symbol', 'f', () => [create(thing, { id: fresh(), f: Symbol('x') })]],
  ['undefined in a list', 'l.1', () => [create(thing, { id: fresh(), l: [1, undefined] })]],
  ['half a character', 't.x', () => [create(thing, { id: fresh(), t: { x: 'a\ud800b' } })]],
  ['a field named constructor', 't', () => [create(thing, { id: fresh(), t: { constructor: { name: 'Set' } } })]],
  ['what contains itself', `l${'.self'.repeat(31)}`, () => [create(thing, { id: fresh(), l: looped })]],
  ['33 levels', `v${'.v'.repeat(31)}`, () => [create(thing, { id: fresh(), v: deep(32) })]],
  ['a value that does not fit its schema', 'id', () => [create(thing, { id: 5 as never })]],
  ['a key of 3 KB', '', () => [create(thing, { id: 'x'.repeat(3_000) })]],
  ['an item of 500 KB', '', () => [create(thing, { id: fresh(), b: new Uint8Array(500_000) })]],
  ['an update of what is no list there', '', () => [update(thing, { id: 'full' }, { append: { text: ['x'] } })]],
  ['an update of what is no number there', '', () => [update(thing, { id: 'full' }, { add: { text: 1 } })]],
]

async function commit(records: readonly RecordWrite[]) {
  const deps = { store, clock, ids, registry: defineRegistry([], lanes), outboxLifetime: 100 }
  return commitRequest(deps, { id: ids.fresh(), now: clock.now() }, { records })
}

/** Runs a job that calls outside and returns these records, as often as it comes back. */
async function job(records: () => RecordWrite[]) {
  let calls = 0
  const run = () => {
    calls++
    return { records: records() }
  }
  const type = defineJob({ type: 'job', schema: z.object({}), maxAttempts: 5, run })
  const id = `00000000-0000-7000-8000-${String(++count).padStart(12, '0')}`
  const queue = {
    changeVisibility: async () => {},
    extendVisibility: async () => {},
    sendToDeadLetterQueue: async () => {},
  }
  const deps: ConsumerDeps = {
    store,
    clock,
    ids: { ...ids, fresh: () => `owner-${fresh()}` },
    registry: defineRegistry([type], lanes),
    services: {} as never,
    lifetimes: { outbox: 1, effect: 1 },
    queue,
    observe: () => {},
    report: ({ error }) => {
      throw error
    },
  }
  const createdAt = clock.now().toISOString()
  const body = JSON.stringify({ v: 1, id, type: 'job', version: 1, payload: {}, lane: 'default', hops: 0, createdAt })
  const message = { messageId: 'm', receiptHandle: 'r', body, receiveCount: 1, deaths: 0 }
  for (let receive = 0; receive < 10; receive++) {
    if ((await consume(deps, message, clock.now().getTime() + 15_000)) === 'acknowledge') break
  }
  const effect = (await store.get('effects', { pk: id })) as unknown as Effect
  return { calls, state: effect.state, error: effect.lastError }
}

describe('a change with', () => {
  beforeAll(() => commit([create(thing, { id: 'full', text: 'x' })]))

  it.each(refused)('%s is refused after one call of its job', async (_, __, records) => {
    const error = expect.stringMatching(/^ChangeRefusedError: /)
    expect(await job(records)).toEqual({ calls: 1, state: 'dead', error })
  })

  it.each(refused)('%s is a 422 of the API, with the path', async (_, path, records) => {
    const faults: unknown[] = []
    const handle = async () => ({ status: 200, body: await commit(records()) })
    const route = {
      method: 'POST',
      path: '/',
      access: 'caller',
      summary: '',
      success: { status: 200 },
      handle,
    } as const
    const authorization = { type: 'none' } as const
    const event = { rawPath: '/', headers: {}, requestContext: { http: { method: 'POST' } } } as never
    const { statusCode, body } = await router([route], { ids, clock, authorization } as never, (fault) =>
      faults.push(fault),
    )(event)
    const { errors } = JSON.parse(body ?? '{}') as { errors: unknown }
    expect({ statusCode, faults, errors }).toEqual({
      statusCode: 422,
      faults: [],
      errors: [{ path, message: expect.any(String) }],
    })
  })
})

describe('a record that is there already', () => {
  it('ends the job that creates it after one attempt, with the place of the record', async () => {
    const error = expect.stringMatching(/^ChangeRefusedError: .*exists already .*thing#full/)
    expect(await job(() => [create(thing, { id: 'full' })])).toEqual({ calls: 1, state: 'dead', error })
  })
})

describe('a change at the limit', () => {
  it('of levels and bytes is committed', async () => {
    const values = { v: deep(31), l: [[deep(29)]], b: new Uint8Array(390_000), n: Number.MAX_SAFE_INTEGER, m: 1e-130 }
    const id = fresh()
    expect(await commit([create(thing, { id, ...values })])).toMatchObject({ kind: 'committed' })
    expect(await commit([update(thing, { id }, { set: { w: deep(31) } })])).toMatchObject({ kind: 'committed' })
  })

  it('has 99 writes in a job, and 100 in a request', async () => {
    const puts = (writes: number) => Array.from({ length: writes }, () => put(thing, { id: fresh() }))
    expect(await job(() => puts(99))).toEqual({ calls: 1, state: 'succeeded' })
    expect((await job(() => puts(100))).error).toMatch(/100 writes exceed the 99 that a job can write/)
    expect(await commit(puts(100))).toMatchObject({ kind: 'committed' })
    await expect(commit(puts(101))).rejects.toThrow(/101 writes exceed the 100/)
  })
})
