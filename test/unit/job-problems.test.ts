import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, groupOf, type JobRequest, request, tenantOf } from '../../shared/job.ts'
import { jobProblems, problemLine } from '../../shared/job-problem.ts'
import { defineRegistry } from '../../shared/registry.ts'
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
const long = defineJob({ type: 'long', schema: z.unknown(), lane: 'slow', timeLimitSeconds: 50, run: () => undefined })
const slow = { ...lanes[0]!, name: 'slow', timeoutSeconds: 60 }
const registry = defineRegistry([free, read, long], [...lanes, slow])
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
  ])('may have %s', (_, job) => {
    expect(problems(job)).toBe('')
  })

  const circle: Record<string, unknown> = {}
  circle.self = circle
  it.each<[string, JobRequest, RegExp]>([
    ['no payload', request(free, undefined), /^payload: is not JSON/],
    ['a payload with a circle', request(free, circle), /^payload: is not JSON/],
    ['a payload that JSON cannot carry', request(free, { n: 1n }), /^payload: is not JSON/],
    ['a payload nested too deep', request(free, nested(101)), /^payload: is nested deeper than 100 levels/],
    ['a payload that does not fit', request(read, { account: 5 } as never), /^payload.account: /],
    ['an unknown lane', request(free, {}, { lane: 'express' }), /^lane: "express" is no lane; there are default/],
    ['a lane too short for it', request(long, {}, { lane: 'default' }), /^lane: "long" may run 50 s/],
    ['a group on a standard lane', request(free, {}, { group: 'a' }), /^group: a group needs an ordered lane/],
    ['no group on an ordered lane', request(free, {}, { lane: 'ordered' }), /^group: lane "ordered" is ordered/],
    ['a group with odd characters', request(read, {}, { group: 'a b' }), /^group: must be 1 to 64/],
    ['an odd group from its payload', request(read, { account: 'é' }), /^group: must be 1 to 64/],
    ['a tenant with spaces', request(free, {}, { tenant: 'a b' }), /^tenant: must be/],
    ['an empty tenant', request(free, {}, { tenant: '' }), /^tenant: must be/],
    ['a time that is none', request(free, {}, { runAt: new Date(Number.NaN) }), /^runAt: is no time/],
    ['a time too far ahead', request(free, {}, at(366 * 86_400_000 + 1)), /^runAt: is more than a year/],
    ['a time long past', request(free, {}, at(-60_001)), /^runAt: is more than a minute in the past/],
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
    const dates = defineJob({ type: 'dates', schema: z.object({ at: z.date() }), run: () => undefined })
    expect(problems(request(dates, { at: now }))).toMatch(/^payload.at: /)
    expect(problems(request(read, { at: now } as never))).toBe('')
  })
})
