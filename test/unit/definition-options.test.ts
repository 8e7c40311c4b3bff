/** Every option of every define function: what it takes, its default, and one line for what it does not take. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineApplication } from '../../shared/define/application.ts'
import { defineCommand } from '../../shared/define/command.ts'
import { DefinitionError } from '../../shared/define/errors.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineLane } from '../../shared/define/lane.ts'
import { defineRecord } from '../../shared/define/record.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { defineSchedule } from '../../shared/define/schedule.ts'
import { lanes } from '../support/app.ts'

const run = () => undefined
const schema = z.object({ email: z.string() })
const job = { type: 'job', schema, run }
const lane = { ...lanes[0]!, circuitBreaker: { failures: 10, withinSeconds: 60 } }
const schedule = { name: 'daily', expression: 'rate(1 day)', job: defineJob(job), payload: () => ({ email: 'a' }) }
const record = { name: 'order', schema: z.object({ id: z.string() }), key: () => ({ pk: 'a', sk: 'b' }) }
const command = { input: z.object({}), creates: defineRecord(record), change: () => ({}) }
const application = { module: 'file:///app.ts', jobs: [defineJob(job)] }

/** A define function, as untyped code may call it, settings that it takes, and those that may be left out with their defaults. */
interface Defined {
  readonly define: (settings: never) => object
  readonly valid: object
  readonly defaults: object
}
const defined: Record<string, Defined> = {
  defineJob: {
    define: defineJob,
    valid: job,
    defaults: {
      ...{ version: 1, lane: 'default', maxAttempts: 5, timeLimitSeconds: 10, onCrash: 'retry', redact: [] },
      ...{ backoff: { baseSeconds: 1, capSeconds: 900 }, upgrade: undefined, group: undefined, tenant: undefined },
      rateLimit: undefined,
      ...{ unique: undefined, debounce: undefined },
    },
  },
  defineLane: { define: defineLane, valid: lane, defaults: { circuitBreaker: undefined } },
  defineSchedule: { define: defineSchedule, valid: schedule, defaults: { timezone: 'UTC' } },
  defineRecord: { define: defineRecord, valid: record, defaults: { listed: undefined } },
  defineCommand: { define: defineCommand, valid: command, defaults: {} },
  defineApplication: {
    define: defineApplication,
    valid: application,
    defaults: { diagnosticJobs: [], schedules: [], jobOwners: [] },
  },
}

const wrong: [keyof typeof defined, object, RegExp][] = [
  [
    'defineJob',
    { type: 'Job' },
    /^Job type "Job": type is "Job"; it must be 1 to 64 of a-z, 0-9 and -, and start with a letter\.$/,
  ],
  ['defineJob', { type: '' }, /type is ""; it must be/],
  ['defineJob', { version: 0 }, /version is 0; it must be a whole number from 1 or more/],
  ['defineJob', { version: 1.5 }, /version is 1.5;/],
  ['defineJob', { version: '1' }, /version is "1";/],
  ['defineJob', { maxAttempts: 0 }, /maxAttempts is 0; it must be a whole number from 1 to 25/],
  ['defineJob', { maxAttempts: 26 }, /maxAttempts is 26;/],
  ['defineJob', { maxAttempts: Number.NaN }, /maxAttempts is NaN;/],
  ['defineJob', { maxAttempt: 3 }, /unknown option "maxAttempt" \(known: type, schema, version, .*, maxAttempts, /],
  ['defineJob', { timeLimitSeconds: 0 }, /timeLimitSeconds is 0; it must be a whole number from 1 to 898/],
  ['defineJob', { timeLimitSeconds: 899 }, /timeLimitSeconds is 899;/],
  ['defineJob', { onCrash: 'Park' }, /onCrash is "Park"; it must be "retry" or /],
  ['defineJob', { lane: 5 }, /lane is 5;/],
  ['defineJob', { group: 'account' }, /group is "account"; it must be a function/],
  ['defineJob', { tenant: null }, /tenant is null; it must be a function/],
  ['defineJob', { upgrade: {} }, /upgrade is an object; it must be a function/],
  ['defineJob', { schema: { parse: run } }, /schema is an object; it must be a zod schema/],
  ['defineJob', { redact: 'email' }, /redact is "email"; it must be a list of paths/],
  ['defineJob', { redact: ['Email'] }, /redact has "Email", which is not a field of the schema \(known: email\)/],
  ['defineJob', { backoff: 5 }, /backoff is 5; it must be an object/],
  ['defineJob', { rateLimit: 5 }, /rateLimit is 5; it must be an object/],
  [
    'defineJob',
    { rateLimit: {} },
    /rateLimit.limit is missing: it must be a whole number from 1 to 100000; .*perSeconds/,
  ],
  ['defineJob', { rateLimit: { limit: 0, perSeconds: 1 } }, /rateLimit.limit is 0; it must be a whole number from 1/],
  ['defineJob', { rateLimit: { limit: 1, perSeconds: 3_601 } }, /rateLimit.perSeconds is 3601; it must be .* to 3600/],
  ['defineJob', { rateLimit: { limit: 1, perSeconds: 0.5 } }, /rateLimit.perSeconds is 0.5;/],
  [
    'defineJob',
    { rateLimit: { limit: 5, perSeconds: 1, key: 'email' } },
    /rateLimit.key is "email"; it must be a function/,
  ],
  ['defineJob', { rateLimit: { limit: 5, perSeconds: 1, burst: 6 } }, /rateLimit.burst is 6; .* at most the limit, 5/],
  ['defineJob', { rateLimit: { limit: 5, perSeconds: 1, bursts: 1 } }, /rateLimit has the unknown option "bursts"/],
  ['defineJob', { rateLimit: { limit: 20_000, perSeconds: 1 } }, /at most 10000 starts a second/],
  ['defineJob', { rateLimit: { limit: 1_000, perSeconds: 1, burst: 5 } }, /rateLimit.burst is 5; .* at least 6/],
  [
    'defineJob',
    { debounce: { key: String } },
    /debounce.seconds is missing: it must be a whole number from 1 to 86400/,
  ],
  ['defineJob', { debounce: { key: String, seconds: 86_401 } }, /debounce.seconds is 86401;/],
  ['defineJob', { debounce: { key: 'k', seconds: 1 } }, /debounce.key is "k"; it must be a function/],
  [
    'defineJob',
    { debounce: { key: String, seconds: 1 }, unique: { key: String, until: 'started' } },
    /it has unique and debounce, .*; leave one of them out/,
  ],
  ['defineJob', { unique: 'email' }, /unique is "email"; it must be an object/],
  ['defineJob', { unique: {} }, /unique.key is missing: it must be a function; unique.until is missing/],
  [
    'defineJob',
    { unique: { key: String, until: 'done' } },
    /unique.until is "done"; it must be "started" or "finished"/,
  ],
  [
    'defineJob',
    { unique: { key: String, until: 'started', forSeconds: 2_592_001 } },
    /unique.forSeconds is 2592001; it must be a whole number from 1 to 2592000/,
  ],
  ['defineJob', { unique: { key: String, until: 'started', forSeconds: 0 } }, /unique.forSeconds is 0;/],
  ['defineJob', { unique: { key: String, until: 'started', for: 1 } }, /unique has the unknown option "for"/],
  [
    'defineJob',
    { backoff: { baseSeconds: 5, capSeconds: 1 } },
    /backoff.capSeconds is 1; it must be a number from baseSeconds \(5\)/,
  ],
  ['defineJob', { run: undefined }, /run is missing: it must be a function/],
  ['defineLane', { name: 'a'.repeat(21) }, /name is "a+"; it must be 1 to 20 of/],
  ['defineLane', { kind: 'fifo' }, /kind is "fifo"; it must be "standard" or "ordered"/],
  ['defineLane', { timeoutSeconds: 901 }, /timeoutSeconds is 901; it must be a whole number from 3 to 900/],
  ['defineLane', { memoryMb: 127 }, /memoryMb is 127;/],
  ['defineLane', { batchSize: 0.5 }, /batchSize is 0.5;/],
  ['defineLane', { maximumConcurrency: 1 }, /maximumConcurrency is 1;/],
  ['defineLane', { lateAfterSeconds: 0 }, /lateAfterSeconds is 0;/],
  ['defineLane', { circuitBreaker: true }, /circuitBreaker is true;/],
  ['defineLane', { circuitBreaker: { failures: 0, withinSeconds: 60 } }, /circuitBreaker: failures is 0;/],
  [
    'defineLane',
    { circuitBreaker: { failures: 1, withinSeconds: 90 } },
    /withinSeconds is 90; it must be a multiple of 60/,
  ],
  ['defineLane', { circuitBreaker: { failures: 1, withinSecs: 60 } }, /unknown option "withinSecs"/],
  ['defineSchedule', { name: 'Daily' }, /name is "Daily";/],
  ['defineSchedule', { name: 'sweep' }, /the stack has a schedule of this name itself/],
  ['defineSchedule', { expression: 5 }, /expression is 5;/],
  ['defineSchedule', { timezone: 'Mars/Olympus' }, /timezone is "Mars\/Olympus"; it must be an IANA name/],
  ['defineSchedule', { timezone: '+01:00' }, /timezone is "\+01:00"/],
  ['defineSchedule', { job: undefined }, /job is missing: it must be what defineJob returns/],
  ['defineSchedule', { payload: {} }, /payload is an object; it must be a function/],
  ['defineRecord', { name: 'a/b' }, /name is "a\/b";/],
  ['defineRecord', { key: 'id' }, /key is "id"; it must be a function/],
  ['defineRecord', { listed: 'all' }, /listed is "all"; it must be a function/],
  ['defineCommand', { creates: {} }, /creates is an object; it must be what defineRecord returns/],
  ['defineCommand', { chnge: run }, /unknown option "chnge"/],
  ['defineApplication', { module: '' }, /module is "";/],
  ['defineApplication', { jobs: undefined }, /jobs is missing/],
  [
    'defineApplication',
    { jobs: [undefined] },
    /jobs\[0\] is undefined; it must be what defineJob returns\. Is the default export/,
  ],
  ['defineApplication', { lanes: [5] }, /lanes\[0\] is 5; it must be what defineLane returns/],
  [
    'defineApplication',
    { schedules: [defineSchedule({ ...schedule, job: defineJob({ ...job, type: 'other' }) } as never)] },
    /its job type "other" is not among the jobs/,
  ],
  [
    'defineApplication',
    {
      schedules: [
        defineSchedule({ ...schedule, job: application.jobs[0]! }),
        defineSchedule({ ...schedule, job: application.jobs[0]! }),
      ],
    },
    /Two of schedules have the same name "daily"/,
  ],
  [
    'defineApplication',
    { jobOwners: [{ record: command.creates, path: 'orders' }] },
    /jobOwners\[0\]: path is "orders"/,
  ],
  ['defineApplication', { queues: [] }, /unknown option "queues"/],
]

describe.each(Object.entries(defined))('%s', (name, { define, valid, defaults }) => {
  it('takes settings that are right, and undefined as the default', () => {
    expect(define({ ...valid } as never)).toMatchObject(
      Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined)),
    )
    const explicit = Object.fromEntries(Object.keys(defaults).map((option) => [option, undefined]))
    expect(define({ ...valid, ...explicit } as never)).toEqual(define(withoutOptions(valid, defaults) as never))
  })

  it('takes what it has returned', () => {
    const once = define(valid as never)
    expect(define(once as never)).toEqual(once)
  })

  it.each(wrong.filter(([of]) => of === name))('refuses: %s %o', (_, change, message) => {
    const refused = () => define({ ...valid, ...change } as never)
    expect(refused).toThrow(DefinitionError)
    expect(refused).toThrow(message)
  })

  it('refuses whatever else stands in an option, in one line that names it', () => {
    const options = Object.keys({ ...valid, ...defaults })
    const strange = fc.constantFrom<unknown>(
      null,
      Number.NaN,
      -1,
      0.5,
      Number.POSITIVE_INFINITY,
      '\ud83d',
      true,
      5n,
      Symbol('s'),
      new Date(0),
    )
    fc.assert(
      fc.property(fc.constantFrom(...options), strange, (option, value) => {
        const error = thrownBy(() => define({ ...valid, [option]: value } as never))
        expect(error).toBeInstanceOf(DefinitionError)
        expect(error?.message).toContain(option)
        expect(error?.message).not.toMatch(/\n/)
      }),
    )
  })

  it.each([undefined, null, 5, 'x', []])('refuses %o in place of its settings', (settings) => {
    expect(() => define(settings as never)).toThrow(DefinitionError)
  })
})

describe('a registry', () => {
  it.each(['mail-dlq', 'relay-failures', 'schedule-failures', 'ma-il'])(
    'refuses a lane "%s" next to "mail"',
    (name) => {
      const named = (lane: string) => defineLane({ ...lanes[0]!, name: lane })
      expect(() => defineRegistry([], [named('mail'), named(name)])).toThrow(/needs a queue|differ only in hyphens/)
      expect(() => defineRegistry([], [named(name), named('mail')])).toThrow(/needs a queue|differ only in hyphens/)
    },
  )

  it('refuses what no define function has made', () => {
    expect(() => defineRegistry([undefined as never], lanes)).toThrow(/jobs\[0\] is undefined/)
    expect(() => defineRegistry([], undefined as never)).toThrow(/lanes is undefined; it must be a list/)
  })
})

function withoutOptions(settings: object, names: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !Object.hasOwn(names, name)))
}

function thrownBy(act: () => unknown): Error | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return error as Error
  }
}

it('a schedule cannot start a diagnostic job, which a stage without probes does not have', () => {
  const probe = defineJob({ ...job, type: 'probe' } as never)
  const schedules = [defineSchedule({ ...schedule, job: probe } as never)]
  expect(() => defineApplication({ ...application, diagnosticJobs: [probe], schedules } as never)).toThrow(
    /its job type "probe" is not among the jobs/,
  )
})
