/**
 * Definitions, payloads and changes as fast-check makes them up: whatever a define function accepts works to the end, and
 * whatever it refuses it refuses in one line, when it is loaded.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { route } from '../../functions/api/route.ts'
import { jobs as jobRoutes } from '../../functions/api/routes/jobs/routes.ts'
import { viewOf } from '../../functions/api/routes/jobs/view.ts'
import { schedules as scheduleRoutes } from '../../functions/api/routes/schedules/routes.ts'
import { defineApplication } from '../../shared/define/application.ts'
import { defineCommand } from '../../shared/define/command.ts'
import { ChangeRefusedError, DefinitionError } from '../../shared/define/errors.ts'
import { defineJob, type JobRequest, type JobType, request } from '../../shared/define/job.ts'
import { defineLane } from '../../shared/define/lane.ts'
import { paceOf } from '../../shared/define/rate-limit.ts'
import { create, defineRecord, type RecordWrite } from '../../shared/define/record.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { defineSchedule } from '../../shared/define/schedule.ts'
import { readJob } from '../../shared/execution/read-job.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { decodeMessage } from '../../shared/outbox/envelope.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { apiOf } from '../support/api.ts'
import { lanes } from '../support/app.ts'
import { memoryRecords } from '../support/app-services.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const run = () => undefined
const key = () => 'k'
/** Values that untyped code may put anywhere. */
const junk = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    0,
    -1,
    1.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    5n,
    Symbol('s'),
    '',
    'x',
    '\ud83d',
    'a\nb',
  ],
  ...[[], [undefined], {}, { key: 'k' }, new Date(Number.NaN), run, new Map(), Object.create(null), z.object({}), /x/],
)
/** Right values of an option. */
const option = <T>(...right: T[]): fc.Arbitrary<unknown> => fc.constantFrom(...right)

/**
 * Settings with right values, of which up to two are then replaced by `undefined` or by anything, and sometimes with an option
 * that does not exist.
 *
 * @param optional options that may be left out, or be `undefined`
 */
function settings(options: Record<string, fc.Arbitrary<unknown>>, optional: readonly string[] = []) {
  const names = Object.keys(options)
  const right = Object.fromEntries(
    Object.entries(options).map(([name, values]) => [
      name,
      optional.includes(name) ? fc.option(values, { nil: undefined }) : values,
    ]),
  )
  const changes = fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(junk, fc.constant(undefined))), {
    maxLength: 2,
  })
  const extra = fc.constantFrom('maxattempts', 'Schema', '__proto__', 'toString', 'a\nb')
  return fc
    .tuple(
      fc.record(right, { requiredKeys: names.filter((name) => !optional.includes(name)) }),
      fc.option(changes, { nil: [], freq: 2 }),
      fc.option(fc.dictionary(extra, fc.constant(1), { maxKeys: 1 }), { nil: {}, freq: 8 }),
    )
    .map(([given, replaced, more]) => ({ ...given, ...Object.fromEntries(replaced), ...more }))
}

const schema = z.object({ email: z.string(), items: z.array(z.object({ note: z.string() })).default([]) })
const jobSettings = settings(
  {
    type: option('job', 'a', `a${'-'.repeat(63)}`),
    schema: option(schema),
    version: option(1, 2, 1000),
    upgrade: option(run),
    lane: option('default', 'ordered'),
    maxAttempts: option(1, 5, 25),
    backoff: settings({ baseSeconds: option(0, 1, 0.5), capSeconds: option(1, 900) }),
    timeLimitSeconds: option(1, 10),
    onCrash: option('retry', 'dead-letter'),
    rateLimit: settings(
      {
        limit: option(1, 5, 1000),
        perSeconds: option(1, 60),
        key: option(key),
        burst: option(1, 2, 20),
      },
      ['key', 'burst'],
    ),
    unique: settings({ key: option(key), until: option('started', 'finished'), forSeconds: option(1, 2_592_000) }, [
      'forSeconds',
    ]),
    group: option(key),
    tenant: option(key),
    redact: option(['email'], ['items.note', 'email'], ['items'], []),
    run: option(run),
  },
  [
    'version',
    'upgrade',
    'lane',
    'maxAttempts',
    'backoff',
    'timeLimitSeconds',
    'onCrash',
    'rateLimit',
    'unique',
    'group',
    'tenant',
    'redact',
  ],
)
const laneSettings = settings(
  {
    name: option('mail', 'a'),
    kind: option('standard', 'ordered'),
    timeoutSeconds: option(3, 900),
    memoryMb: option(128, 10_240),
    batchSize: option(1, 10),
    maximumConcurrency: option(2, 1_000),
    lateAfterSeconds: option(1, 60),
    circuitBreaker: settings({ failures: option(1, 30), withinSeconds: option(60, 3_600) }),
  },
  ['circuitBreaker'],
)
const job = defineJob({ type: 'job', schema, run })
const scheduleSettings = settings(
  {
    name: option('daily', 'a'),
    expression: option('rate(1 day)', 'cron(0 9 ? * MON-FRI *)', 'cron(0 0 L * ? *)', 'cron(0 0 31 2 ? *)', 'at(x)'),
    timezone: option('UTC', 'Europe/Berlin', 'Mars/Olympus'),
    job: option(job),
    payload: option(() => ({ email: 'a' })),
  },
  ['timezone'],
)
const recordSettings = settings(
  {
    name: option('thing', 'a.b'),
    schema: option<unknown>(z.object({ id: z.string(), at: z.date() }), z.object({ id: z.string() }), z.string()),
    key: option(({ id }: { id: string }) => ({ pk: id, sk: 'thing' })),
    listed: option(key),
  },
  ['listed'],
)
const record = defineRecord({
  name: 'thing',
  schema: z.object({ id: z.string() }),
  key: ({ id }) => ({ pk: id, sk: 'a' }),
})
const commandSettings = settings({ input: option(schema), creates: option(record), change: option(() => ({})) })
const applicationSettings = settings(
  {
    module: option('file:///app.ts'),
    jobs: option([job], []),
    diagnosticJobs: option([], [defineJob({ type: 'probe', schema, run })]),
    lanes: option(lanes, [lanes[0]]),
    schedules: option(
      [],
      [defineSchedule({ name: 'daily', expression: 'rate(1 day)', job, payload: () => ({ email: 'a' }) })],
    ),
    jobOwners: option([], [{ record, path: '/things' }]),
  },
  ['diagnosticJobs', 'lanes', 'schedules', 'jobOwners'],
)
const routeSettings = settings(
  {
    method: option('GET', 'POST'),
    path: option('/things', '/things/:id'),
    access: option('caller', 'viewer', 'operator'),
    summary: option('List things'),
    diagnostic: option(true, false),
    errors: option([404], []),
    params: option(z.object({ id: z.string() })),
    query: option(schema),
    body: option(schema),
    success: settings(
      {
        status: option(200, 201),
        orStatus: option(200),
        schema: option(schema),
        idempotent: option(true),
      },
      ['orStatus', 'schema', 'idempotent'],
    ),
    handle: option(() => ({ status: 200 })),
  },
  ['diagnostic', 'errors', 'params', 'query', 'body'],
)

/** A define function, settings for it, and what must not fail for whatever it accepts. */
type Defined = readonly [name: string, define: (settings: never) => object, settings: fc.Arbitrary<object>, use: Use]
// biome-ignore lint/suspicious/noExplicitAny: each function returns another type, and its use knows which
type Use = (made: any) => unknown

const now = new Date('2026-06-01T12:00:00Z')
const envelope = {
  v: 1,
  id: 'i',
  type: 'job',
  version: 1,
  lane: 'default',
  hops: 0,
  createdAt: now.toISOString(),
} as const

const defined: Defined[] = [
  [
    'defineJob',
    defineJob as never,
    jobSettings,
    (made: JobType) => {
      const payload = { email: 'ann@example.com', items: [{ note: 'secret' }] }
      const registry = { jobs: new Map([['job', made]]), lanes: new Map() }
      const view = JSON.stringify(viewOf({ ...envelope, payload }, undefined, registry, now))
      if (made.redact.includes('email')) expect(view).not.toContain('ann@')
      if (made.redact.length > 1) expect(view).not.toContain('secret')
      if (made.rateLimit)
        expect(Object.values(paceOf(made.rateLimit)).every((ms) => Number.isFinite(ms) && ms >= 0)).toBe(true)
    },
  ],
  ['defineLane', defineLane as never, laneSettings, (made) => defineRegistry([], [made])],
  [
    'defineSchedule',
    defineSchedule as never,
    scheduleSettings,
    async (made) => {
      const services = { schedules: [made], clock: { now: () => now } }
      expect(await apiOf(scheduleRoutes, services)({ path: '/schedules' })).toMatchObject({
        status: 200,
        body: { schedules: [{ name: made.name, timezone: made.timezone }] },
      })
    },
  ],
  ['defineRecord', defineRecord as never, recordSettings, () => {}],
  ['defineCommand', defineCommand as never, commandSettings, () => {}],
  [
    'defineApplication',
    defineApplication as never,
    applicationSettings,
    ({ jobs, lanes }) => defineRegistry(jobs, lanes),
  ],
  ['route', route as never, routeSettings, (made) => apiOf([made], {})({ path: '/nowhere' })],
]

describe.each(defined)('%s', (_, define, given, use) => {
  it('refuses what it does not accept in one line, and what it accepts works', async () => {
    const count = { accepted: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(given, async (some) => {
        const made = attempt(() => define(some as never))
        if (made instanceof Error) {
          count.refused++
          refused(made)
          expect([made.message.isWellFormed(), /\n/.test(made.message), made.message.length < 1_500]).toEqual([
            true,
            false,
            true,
          ])
          return
        }
        count.accepted++
        expect(define(withoutUndefined(some) as never)).toEqual(made)
        expect(define(made as never)).toEqual(made)
        await use(made)
      }),
      { numRuns: 800 },
    )
    for (const enough of Object.values(count)) expect(enough).toBeGreaterThan(10)
  })
})

/** Schemas of payloads, each with payloads that it takes. */
const fields = fc.constantFrom<readonly [z.ZodType, fc.Arbitrary<unknown>]>(
  [z.string(), fc.string({ unit: 'grapheme' })],
  [z.string().trim(), fc.string({ unit: 'grapheme' })],
  [z.email(), fc.constant('ann@example.com')],
  [z.int(), fc.integer()],
  [z.number(), fc.double({ noNaN: true, noDefaultInfinity: true })],
  [z.boolean(), fc.boolean()],
  [z.string().optional(), fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined })],
  [z.string().nullable(), fc.option(fc.string({ unit: 'grapheme' }))],
  [z.int().default(7), fc.option(fc.integer(), { nil: undefined })],
  [z.coerce.date(), fc.date({ noInvalidDate: true })],
  [z.array(z.string()), fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 })],
  [
    z.record(z.string(), z.int()),
    fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.integer(), { maxKeys: 3 }),
  ],
  [z.enum(['card', 'cash']), fc.constantFrom('card', 'cash')],
  [z.union([z.int(), z.string()]), fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' }))],
  [z.unknown(), fc.jsonValue()],
  [z.iso.datetime().transform((text) => new Date(text)), fc.constant('2026-06-01T12:00:00Z')],
)
const generated = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', '_d', 'é', 'with space'), fields), {
    ...{ minLength: 1, maxLength: 4, selector: ([name]) => name },
  })
  .chain((entries) =>
    fc.record({
      names: fc.constant(entries.map(([name]) => name)),
      schema: fc.constant(z.object(Object.fromEntries(entries.map(([name, [one]]) => [name, one])))),
      payload: fc.record(Object.fromEntries(entries.map(([name, [, value]]) => [name, value]))),
      redacted: fc.subarray(entries.map(([name]) => name)),
    }),
  )

describe('a generated job type', () => {
  it('gives its run the payload that its schema makes of what was committed, and is shown without what it hides', async () => {
    let committed = 0
    await fc.assert(
      fc.asyncProperty(generated, async ({ schema, payload, redacted }) => {
        const type = defineJob({ type: 'job', schema, redact: redacted, run })
        const registry = defineRegistry([type], lanes)
        const { store, result } = await commit([request(type, payload as never)], [], registry)
        if (result instanceof Error) return refused(result)
        committed++
        const [item = {}] = store.items('outbox')
        const decoded = decodeItem(item)
        if (decoded.kind === 'malformed') throw new Error(decoded.reason)
        const message = decodeMessage(JSON.stringify(decoded.envelope))
        expect(message).toEqual(decoded)
        expect(readJob(decoded.envelope, registry).payload).toEqual(schema.parse(JSON.parse(JSON.stringify(payload))))
        const services = { store, registry, clock: simClock(), jobOwners: [], links: () => ({}), limiter: undefined }
        const { status, body } = await apiOf(jobRoutes, services)({ path: `/jobs/${decoded.envelope.id}` })
        expect(status).toBe(200)
        for (const name of redacted) if (name in body.payload) expect(body.payload[name]).toBe('[redacted]')
      }),
      { numRuns: 400 },
    )
    expect(committed).toBeGreaterThan(300)
  })
})

describe('a generated record', () => {
  it('that is committed is read back as its schema makes it', async () => {
    await fc.assert(
      fc.asyncProperty(generated, async ({ names, schema, payload }) => {
        const shape = z.object({ id: z.string(), ...schema.shape })
        const type = attempt(() =>
          defineRecord({ name: 'thing', schema: shape, key: ({ id }: { id: string }) => ({ pk: id, sk: 'thing' }) }),
        )
        if (type instanceof Error) return refused(type)
        const writes = [create(type as never, { ...payload, id: 'x' } as never)]
        const { store, result } = await commit([], writes, defineRegistry([], lanes))
        if (result instanceof Error) {
          expect(store.items('records')).toEqual([])
          return refused(result)
        }
        const read = (await memoryRecords(store).get(type as never, { id: 'x' } as never)) as Record<string, unknown>
        const again = { ...read, id: 'y' }
        expect(names.length).toBeGreaterThan(0)
        // What was read can be put again, and is the same again.
        const twice = await commit([], [create(type as never, again as never)], defineRegistry([], lanes))
        if (twice.result instanceof Error) return refused(twice.result)
        expect(await memoryRecords(twice.store).get(type as never, { id: 'y' } as never)).toEqual(again)
      }),
      { numRuns: 400 },
    )
  })
})

describe('a change of untyped code', () => {
  const almost = fc.oneof(
    junk,
    fc.record(
      {
        records: fc.oneof(junk, fc.array(junk, { maxLength: 2 })),
        jobs: fc.oneof(junk, fc.array(junk, { maxLength: 2 })),
      },
      { requiredKeys: [] },
    ),
    fc.record({ recods: fc.constant([]) }),
    fc.record({ jobs: fc.constant([]), result: fc.constant(1) }),
  )

  it('that is none is refused with a line, and writes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(almost, async (change) => {
        const store = memoryStore(simClock())
        const result = await commitInto(store, change as never, defineRegistry([job], lanes))
        expect([...store.items('records'), ...store.items('outbox')]).toEqual([])
        if (result instanceof Error) refused(result)
        else expect(Object.values(Object(change)).flat()).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('with a misspelt option of a job is refused with the option', async () => {
    const misspelt = { ...request(job, { email: 'a' }), runat: new Date() } as JobRequest
    const { result } = await commit([misspelt], [], defineRegistry([job], lanes))
    expect(result).toMatchObject({ problems: [{ path: 'runat', message: expect.stringContaining('runAt') }] })
    const undefineds = { runAt: undefined, lane: undefined, group: undefined, tenant: undefined }
    const plain = await commit([request(job, { email: 'a' }, undefineds as never)], [], defineRegistry([job], lanes))
    expect(plain.result).toMatchObject({ kind: 'committed' })
  })
})

/** Refused as a mistake of the caller, in one line. */
function refused(error: Error): void {
  expect(error).toSatisfy((it: unknown) => it instanceof DefinitionError || it instanceof ChangeRefusedError)
  const { message } = error
  expect([message.isWellFormed(), /\n/.test(message), message.length < 1_500]).toEqual([true, false, true])
}

type Registry = ReturnType<typeof defineRegistry>

async function commit(jobs: readonly JobRequest[], records: readonly RecordWrite[], registry: Registry) {
  const store = memoryStore(simClock())
  return { store, result: await commitInto(store, { jobs, records }, registry) }
}

async function commitInto(store: ReturnType<typeof memoryStore>, change: object, registry: Registry) {
  const ids = simIds()
  const deps = { store, clock: simClock(), ids, registry, outboxLifetime: 60 }
  return commitRequest(deps, { id: ids.fresh(), now: simClock().now() }, change).catch((error: Error) => error)
}

function attempt<T>(make: () => T): T | Error {
  try {
    return make()
  } catch (error) {
    return error as Error
  }
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => [name, isPlain(one) ? withoutUndefined(one) : one]),
  )
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
}
