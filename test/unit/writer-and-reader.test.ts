/** What a writer accepts, its reader accepts: no job is written that relay, consumer or API could not read. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, groupOf, type JobRequest } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { isJobId, jobId } from '../../shared/lib/id.ts'
import { type Decoded, decodeMessage } from '../../shared/outbox/envelope.ts'
import { jobProblems } from '../../shared/outbox/job-problem.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { plan } from '../../shared/outbox/plan.ts'
import { lanes } from '../support/app.ts'
import { simIds } from '../support/random.ts'

const now = new Date('2026-06-01T12:00:00Z')
const year = 366 * 86_400_000

/** Texts that people have: names, umlauts, emojis and halves of them. */
const words = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'A-1', 'x'.repeat(64)) },
  fc.constantFrom(
    'a',
    'A-1',
    'é',
    '',
    ' ',
    'a b',
    'a~b',
    '\ud83d',
    '__proto__',
    'x'.repeat(64),
    'x'.repeat(129),
    5,
    null,
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
)
/** Texts with halves of emojis. */
const halves = fc.string({ unit: fc.constantFrom('a', '\ud83d', '\ude00'), maxLength: 3 })
const perhaps = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 2 })
const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, 2 ** 53, -0, 1e300, 5e-324))
const odd = fc.constantFrom<unknown>(
  undefined,
  1n,
  new Date(0),
  new Date(Number.NaN),
  new Map([[1, 2]]),
  () => 1,
  Symbol('s'),
)
const payloads = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.dictionary(halves, halves, { maxKeys: 2 }) },
  {
    weight: 1,
    arbitrary: fc.object({
      values: [halves, numbers, odd, fc.boolean()],
      key: halves,
    }),
  },
  { weight: 1, arbitrary: fc.oneof(odd, numbers, words) },
)

/** A type as untyped code defines it: its functions give back whatever stands in the payload. */
const definitions = fc.record({
  version: perhaps(fc.integer({ min: 1, max: 3 })),
  lane: fc.constantFrom('default', 'ordered'),
  group: words,
  tenant: perhaps(words),
})
const requests = fc.record({
  lane: fc.option(fc.constantFrom('default', 'ordered', 'express', 5), { nil: undefined, freq: 2 }),
  group: perhaps(words),
  tenant: fc.option(words, { nil: undefined, freq: 2 }),
  id: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    fc.uuid(),
    words,
    fc.tuple(words, fc.uuid()).map(([group, uuid]) => `${group}~${uuid}`),
  ),
  runAt: perhaps(
    fc.oneof(
      { weight: 2, arbitrary: fc.integer({ min: -120_000, max: 120_000 }).map((ms) => new Date(now.getTime() + ms)) },
      fc.integer({ min: year - 60_000, max: year + 60_000 }).map((ms) => new Date(now.getTime() + ms)),
      fc.date({ noInvalidDate: false }),
      fc.constant('2026-06-01'),
    ),
  ),
})

/** Puts together what fast-check made up; only what is given is there. */
function requestOf(
  definition: { lane: string; group: unknown; tenant: unknown; version: unknown },
  options: object,
  payload: unknown,
) {
  const { lane, group, tenant, version } = definition
  const job = defineJob({
    ...{ type: 'job', schema: z.unknown(), run: () => undefined, lane, version: version as number },
    ...(lane === 'ordered' ? { group: () => group as string } : {}),
    tenant: () => tenant as string,
  })
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), job, payload } as JobRequest
}

describe('a requested job', () => {
  it.each([0, 1])('that is accepted after %i hops is read back as it was', (hops) => {
    let accepted = 0
    fc.assert(
      fc.property(definitions, requests, payloads, (definition, options, payload) => {
        const request = requestOf(definition, options, payload)
        const registry = defineRegistry([request.job], lanes)
        if (jobProblems(request, registry, now, hops).length > 0) return
        accepted++
        const origin = { now, hops, outboxLifetime: 60, traceparent: undefined }
        const { writes, jobs } = plan({ jobs: [request] }, 'change', { origin, registry, ids: simIds() })
        const item = writes[0]?.op === 'put' ? writes[0].item : {}
        expectLegal(item)
        const envelope = envelopeOf(decodeItem(item))
        expect(envelopeOf(decodeMessage(JSON.stringify(envelope)))).toEqual(envelope)
        expect(envelope).toMatchObject({ id: jobs[0]?.id, version: definition.version ?? 1, hops })
        expect(envelope.payload).toEqual(JSON.parse(JSON.stringify(payload)))
        expect(textsIn(envelope.payload).every((text) => text.isWellFormed())).toBe(true)
        expect(envelope.group).toBe(groupOf(request))
        expect(item.pk).toBe(envelope.group === undefined ? envelope.id : `group~${envelope.group}`)
        expect(envelope.runAt).toBe(startOf(request, hops))
      }),
      { numRuns: 3_000 },
    )
    // Some 6 %: what is refused is for the next test.
    expect(accepted).toBeGreaterThan(100)
  })

  it('that a job causes for a time that has passed is accepted', () => {
    fc.assert(
      fc.property(fc.date({ max: now, noInvalidDate: true }), (runAt) => {
        const request = requestOf({ lane: 'default', group: 'a', tenant: 'a', version: 1 }, { runAt }, {})
        expect(jobProblems(request, defineRegistry([request.job], lanes), now, 1)).toEqual([])
      }),
    )
  })

  it('is refused with problems, and never with an error of another kind', () => {
    fc.assert(
      fc.property(definitions, requests, payloads, (definition, options, payload) => {
        const request = requestOf(definition, options, payload)
        const problems = jobProblems(request, defineRegistry([request.job], lanes), now)
        for (const { path, message } of problems)
          expect([path.isWellFormed(), message.isWellFormed(), /\n/.test(message)]).toEqual([true, true, false])
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('an id of a caller', () => {
  it('that has the shape of a job id keeps its group through both keys', () => {
    const uuid = '0198a000-0000-7000-8000-00000000000a'
    expect(isJobId(jobId(uuid, 'a.b'))).toBe(true)
    expect(isJobId(jobId(uuid, 'a~b'))).toBe(false)
  })
})

/** For the job of a job, a time that has passed means now. */
function startOf({ runAt }: JobRequest, hops: number): string | undefined {
  return runAt === undefined || (hops > 0 && runAt <= now) ? undefined : runAt.toISOString()
}

function envelopeOf(decoded: Decoded) {
  if (decoded.kind === 'malformed') throw new Error(decoded.reason)
  return decoded.envelope
}

/** All texts in a value, names of fields too. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.entries(value).flat().flatMap(textsIn) : []
}

/** Keys of DynamoDB have at most 2,048 and 1,024 bytes and are not empty; SQS takes 128 printable characters as a group or a deduplication id. */
function expectLegal(item: Readonly<Record<string, unknown>>): void {
  for (const key of [item.pk, item.sk]) expect(key).toMatch(/^[\x21-\x7e]{1,1024}$/)
  for (const group of [item.group, item.tenant]) if (group !== undefined) expect(group).toMatch(/^[\x21-\x7e]{1,128}$/)
  expect(item.id).toMatch(/^[\x21-\x7e]{1,128}$/)
}
