import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, groupOf, type JobRequest, request, tenantOf } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { jobProblems, problemLine } from '../../shared/outbox/job-problem.ts'
import { lanes } from '../support/app.ts'

const now = new Date('2026-01-01T00:00:00Z')
const free = defineJob({ type: 'free', schema: z.unknown(), run: () => undefined })
const read = defineJob({
  type: 'read',
  schema: z.object({ account: z.string().default('none'), at: z.coerce.date().optional() }),
  lane: 'ordered',
  group: ({ account }) => account,
  tenant: ({ account }) => account,
  run: () => undefined,
})
const company = defineJob({
  type: 'company',
  schema: z.object({ name: z.string() }),
  tenant: ({ name }) => name,
  run: () => undefined,
})
const long = defineJob({ type: 'long', schema: z.unknown(), lane: 'slow', timeLimitSeconds: 50, run: () => undefined })
const slow = { ...lanes[0]!, name: 'slow', timeoutSeconds: 60 }
const uuid = '0198a000-0000-7000-8000-00000000000a'
/** A type one of whose functions throws. */
const thrower = (name: 'group' | 'tenant') =>
  defineJob({
    ...{ type: 'thrower', schema: z.unknown(), run: () => undefined },
    [name]: () => {
      throw new Error('odd')
    },
  })
/** Of the type `free`, with a rate limit. */
const limitedBy = (key: () => string | undefined) =>
  defineJob({ type: 'free', schema: z.unknown(), run: () => undefined, rateLimit: { limit: 1, perSeconds: 1, key } })
const dates = defineJob({ type: 'dates', schema: z.object({ at: z.date() }), run: () => undefined })
const registry = defineRegistry([free, read, long, company, dates, thrower('tenant')], [...lanes, slow])
const problems = (job: JobRequest) => problemLine(jobProblems(job, registry, now))
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
const at = (ms: number) => ({ runAt: new Date(now.getTime() + ms) })

describe('a requested job', () => {
  it.each<[string, JobRequest]>([
    ['nothing special', request(free, { any: 'thing' })],
    ['null as payload', request(free, null)],
    ['a lane that suits it', request(free, {}, { lane: 'ordered', group: 'A-1' })],
    ['a group from its payload', request(read, { account: 'a' })],
    ['a group by default', request(read, {})],
    ['a time within the year', request(free, {}, at(366 * 86_400_000))],
    ['a time just past', request(free, {}, at(-60_000))],
    ['a tenant', request(free, {}, { tenant: 'x'.repeat(128) })],
    ['a payload of many levels', request(free, nested(100))],
    ['a property that is not there', request(free, { a: undefined })],
    ['an id of its own', { ...request(free, {}), id: uuid }],
    ['an id with its group', { ...request(read, { account: 'a' }), id: `a~${uuid}` }],
    ['a tenant from its payload that SQS does not take', request(company, { name: 'Müller & Söhne' })],
    [
      'a key of 128 bytes under its rate limit',
      request(
        limitedBy(() => 'ü'.repeat(64)),
        {},
      ),
    ],
    [
      'no rate limit',
      request(
        limitedBy(() => undefined),
        {},
      ),
    ],
    ['an empty tenant from its payload', request(company, { name: '' })],
  ])('may have %s', (_, job) => {
    expect(problems(job)).toBe('')
  })

  const circle: Record<string, unknown> = {}
  circle.self = circle
  it.each<[string, JobRequest, RegExp]>([
    ['no payload', request(free, undefined), /^payload: is undefined, which is not JSON/],
    [
      'a payload with a circle',
      request(free, circle),
      /^payload: is nested deeper than 100 levels, or contains itself/,
    ],
    ['a payload that JSON cannot carry', request(free, { n: 1n }), /^payload.n: is a bigint, which is not JSON/],
    ['a payload nested too deep', request(free, nested(101)), /^payload: is nested deeper than 100 levels/],
    ['a payload that does not fit', request(read, { account: 5 } as never), /^payload.account: /],
    [
      'an unknown lane',
      request(free, {}, { lane: 'express' }),
      /^lane: "express" is not a lane \(known: default, ordered, slow\)/,
    ],
    [
      'a lane too short for it',
      request(long, {}, { lane: 'default' }),
      /^lane: "long" cannot run there: its time limit of 50 s does not fit/,
    ],
    ['a group on a standard lane', request(free, {}, { group: 'a' }), /^group: a group needs an ordered lane/],
    [
      'no group on an ordered lane',
      request(free, {}, { lane: 'ordered' }),
      /^group: is missing: lane "ordered" is ordered/,
    ],
    [
      'a group with odd characters',
      request(read, {}, { group: 'a b' }),
      /^group: is "a b"; it must be 1 to 64.*Encode/,
    ],
    ['an odd group from its payload', request(read, { account: 'é' }), /^group: is "é"; it must be 1 to 64/],
    ['a tenant with spaces', request(free, {}, { tenant: 'a b' }), /^tenant: is "a b"; it must be/],
    ['an empty tenant', request(free, {}, { tenant: '' }), /^tenant: is ""; it must be/],
    ['a time that is none', request(free, {}, { runAt: new Date(Number.NaN) }), /^runAt: is an invalid Date/],
    ['a time too far ahead', request(free, {}, at(366 * 86_400_000 + 1)), /^runAt: is more than a year/],
    ['a time long past', request(free, {}, at(-60_001)), /^runAt: is more than a minute in the past/],
    ['a text as its time', request(free, {}, { runAt: '2026-01-01' as never }), /^runAt: is "2026-01-01"; it must be/],
    ['a number as its group', request(read, {}, { group: 5 as never }), /^group: is 5; it must be/],
    ['a number as its tenant', request(free, {}, { tenant: 5 as never }), /^tenant: is 5; it must be/],
    ['half an emoji', request(free, { a: [{ b: 'x\ud83d' }] }), /^payload.a.0.b: has half of a UTF-16 surrogate pair/],
    ['half an emoji in a name', request(free, { '\ud83d': 1 }), /^payload.*: the name of this field has half/],
    ['a number that is none', request(free, { a: [Number.NaN] }), /^payload.a.0: is NaN, which is not JSON/],
    ['a number without end', request(free, JSON.parse('{"a":1e400}')), /^payload.a: is Infinity/],
    [
      'a number too exact',
      request(free, JSON.parse('{"a":12345678901234567890}')),
      /^payload.a: is a whole number beyond/,
    ],
    ['a hole in a list', request(free, [1, undefined]), /^payload.1: is undefined/],
    ['a function', request(free, { a: () => 1 }), /^payload.a: is a function/],
    ['a map', request(free, { a: new Map() }), /^payload.a: is a Map, which is not JSON/],
    ['an invalid date', request(free, { a: new Date(Number.NaN) }), /^payload.a: is NaN/],
    [
      'a payload that throws',
      request(free, {
        toJSON: () => {
          throw new Error('no')
        },
      }),
      /^payload: cannot be read: no/,
    ],
    ['an id that is none', { ...request(free, {}), id: 'receipt-4711' }, /^id: is "receipt-4711"; it must be a UUID/],
    [
      'an id in upper case',
      { ...request(free, {}), id: uuid.toUpperCase() },
      /^id: is .*; it must be a UUID in lower case/,
    ],
    [
      'a group in its id alone',
      { ...request(free, {}), id: `g~${uuid}` },
      /^id: .* whose group is "g"; the group of the job is undefined/,
    ],
    [
      'an id without its group',
      { ...request(read, { account: 'a' }), id: uuid },
      /^id: .* whose group is undefined; the group of the job is "a"/,
    ],
    ['an id of another group', { ...request(read, { account: 'a' }), id: `b~${uuid}` }, /^id: .* whose group is "b"/],
    [
      'a group() that throws',
      request(thrower('group'), {}, { lane: 'ordered' }),
      /^group: cannot be read: group\(\) of "thrower" threw Error: odd/,
    ],
    [
      'a tenant() that throws',
      request(thrower('tenant'), {}),
      /^tenant: cannot be read: tenant\(\) of "thrower" threw Error: odd/,
    ],
    [
      'a tenant() of an object',
      request(defineJob({ ...free, tenant: () => ({}) as never }), {}),
      /^tenant: tenant\(\) of "free" returned an object/,
    ],
    [
      'a rateLimit.key() that throws',
      request(
        limitedBy(() => {
          throw new Error('odd')
        }),
        {},
      ),
      /^payload: has no rate limit: Error: odd/,
    ],
    ...['', 'x'.repeat(129), 'ü'.repeat(65), 5 as never, '\ud800'].map((key): [string, JobRequest, RegExp] => [
      `a rateLimit.key() of ${JSON.stringify(key).slice(0, 8)}`,
      request(
        limitedBy(() => key),
        {},
      ),
      /^payload: has no rate limit: Error: rateLimit.key\(\) returned .* must return a text of 1 to 128 bytes/,
    ]),
    [
      'a schema that throws',
      request(
        defineJob({
          ...free,
          schema: z.unknown().transform(() => {
            throw new TypeError('odd')
          }),
        }),
        {},
      ),
      /^payload: cannot be checked: the schema of "free" threw TypeError: odd/,
    ],
  ])('may not have %s', (_, job, message) => {
    expect(problems(job)).toMatch(message)
  })

  it('has its group and tenant read from the payload as its run sees it', () => {
    expect(groupOf(request(read, {}))).toBe('none')
    expect(tenantOf(request(read, {}))).toBe('none')
    expect(groupOf(request(read, { account: 5 } as never))).toBeUndefined()
    expect(groupOf(request(read, { account: 'a' }, { group: 'b' }))).toBe('b')
  })

  it('is judged by what its payload is once it was written', () => {
    expect(problems(request(dates, { at: now }))).toMatch(/^payload.at: /)
    expect(problems(request(read, { at: now } as never))).toBe('')
  })

  it('has a tenant from its payload hashed where SQS does not take it, always the same way', () => {
    const tenant = (name: string) => tenantOf(request(company, { name }))
    expect(tenant('ACME')).toBe('ACME')
    expect(tenant('')).toBeUndefined()
    expect(tenant('Müller & Söhne')).toMatch(/^hashed-[0-9a-f]{16}$/)
    expect(tenant('Müller & Söhne')).toBe(tenant('Müller & Söhne'))
    expect(tenant('Müller & Sohn')).not.toBe(tenant('Müller & Söhne'))
    expect(tenant('x'.repeat(129))).toMatch(/^hashed-/)
  })

  it('of a job may be for a time that has passed: that means now', () => {
    expect(jobProblems(request(free, {}, at(-600_000)), registry, now, 1)).toEqual([])
    expect(problemLine(jobProblems(request(free, {}, at(367 * 86_400_000)), registry, now, 1))).toMatch(
      /^runAt: is more than a year/,
    )
  })
})
