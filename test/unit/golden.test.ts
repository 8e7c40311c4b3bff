/** Old messages and items meet new code after a deploy, and new ones old code while it is under way. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { SQSRecord } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import application from '../../app/application.ts'
import { jobView } from '../../functions/api/routes/jobs/schemas.ts'
import { viewOf } from '../../functions/api/routes/jobs/view.ts'
import { laneMessage } from '../../functions/consume/message.ts'
import { registryOf } from '../../shared/define/application.ts'
import { recordIn } from '../../shared/define/record/item.ts'
import type { RecordType } from '../../shared/define/record.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { consume } from '../../shared/execution/consume.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { decodeMessage } from '../../shared/outbox/envelope.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { action } from '../../shared/recovery/action.ts'
import { type Version, versions } from '../golden/versions.ts'
import { type Written, written } from '../golden/written.ts'
import { fakeServices } from '../support/app-services.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const root = join(import.meta.dirname, '../..')
const registry = registryOf(application, { probes: true })
const all = versions()
const newest = all.at(-1) as Version
const today = await written()

/** The examples of one part, over all versions: `[version, name, example]`. */
function examples<P extends keyof Written>(part: P): [string, string, Written[P][string]][] {
  return all.flatMap(({ name: version, written: known }) =>
    Object.entries(known[part]).map(
      ([name, example]) => [version, name, example] as [string, string, Written[P][string]],
    ),
  )
}

/** The record types of the application and of the system, by name. */
async function recordTypes(): Promise<Map<string, RecordType>> {
  const modules = await Promise.all(globSync('app/records/*.ts', { cwd: root }).map((file) => import(join(root, file))))
  const types = modules
    .flatMap((module) => Object.values(module))
    .filter((value) => typeof (value as RecordType)?.key === 'function')
  return new Map([...(types as RecordType[]), action as unknown as RecordType].map((type) => [type.name, type]))
}

const message = (body: string, deaths?: string) =>
  laneMessage({
    messageId: 'm',
    receiptHandle: 'r',
    body,
    attributes: { ApproximateReceiveCount: '1' },
    messageAttributes: deaths === undefined ? {} : { deaths: { dataType: 'String', stringValue: deaths } },
    eventSourceARN: 'arn:aws:sqs:us-east-1:1:q',
  } as unknown as SQSRecord)

/** A consumer over a store that may hold an effect already. */
async function consumer(effect?: Readonly<Record<string, unknown>>) {
  // After the latest time of any example.
  const clock = simClock(undefined, Date.UTC(2026, 0, 4))
  const store = memoryStore(clock)
  if (effect) await store.write({ op: 'put', table: 'effects', item: effect })
  const queue = {
    changeVisibility: async () => {},
    extendVisibility: async () => {},
    sendToDeadLetterQueue: async () => {},
  }
  const faults: unknown[] = []
  const deps = { store, queue, registry, services: fakeServices(store), clock, ids: simIds(), lifetimes }
  const handle = (body: string, deaths?: string) =>
    consume(
      { ...deps, observe: () => {}, report: ({ error }) => faults.push(error) },
      message(body, deaths),
      clock.now().getTime() + 60_000,
    )
  return { clock, store, faults, handle }
}

describe('what is stored and sent', () => {
  it('is what the newest golden version says', () => {
    expect(
      today,
      'A stored or sent shape changed. Old code meets it during a deploy, so only optional fields may come; then run ' +
        '`node test/golden/write.ts <version>` for the version that CHANGELOG.md calls unreleased, see CONTRIBUTING.md',
    ).toEqual(newest.written)
  })

  it('has an example of every record type and every state of an effect', async () => {
    const types = [...(await recordTypes()).keys(), 'request']
    expect(Object.keys(today.records).sort()).toEqual(types.sort())
    expect(new Set(Object.values(today.effects).map(({ state }) => state))).toEqual(
      new Set(['running', 'retrying', 'succeeded', 'dead', 'cancelled']),
    )
  })
})

describe('old items and messages, read by this code', () => {
  it.each(examples('outbox'))('%s: the outbox item %s', (_, __, item) => {
    const decoded = decodeItem(item)
    if (decoded.kind === 'malformed') throw new Error(decoded.reason)
    expect(() => jobView.parse(viewOf(decoded.envelope, undefined, registry, new Date()))).not.toThrow()
  })

  it.each(examples('messages'))('%s: the message %s runs to its end', async (_, __, body) => {
    expect(decodeMessage(body).kind).toBe('envelope')
    const { handle, store, faults } = await consumer()
    expect(await handle(body)).toBe('acknowledge')
    expect(faults).toEqual([])
    expect(store.items('effects')).toMatchObject([{ state: 'succeeded', attempts: 1 }])
  })

  /** What a claim makes of an effect that was found, an hour later. */
  const meets: Readonly<Record<string, string>> = {
    succeeded: 'succeeded',
    dead: 'already-dead',
    cancelled: 'cancelled',
  }

  it.each(examples('effects'))('%s: the effect %s', async (_, __, item) => {
    const { clock, store } = await consumer(item)
    const effect = item as unknown as Effect
    const decoded = decodeMessage(today.messages.plain ?? '')
    if (decoded.kind === 'malformed') throw new Error(decoded.reason)
    expect(() => jobView.parse(viewOf(decoded.envelope, effect, registry, clock.now()))).not.toThrow()
    const claim = {
      ...effect,
      jobId: effect.pk,
      owner: 'new',
      now: clock.now(),
      leaseUntil: 0,
      maxAttempts: 2,
      onCrash: 'retry' as const,
    }
    expect((await claimJob(store, claim, 0)).kind).toBe(meets[effect.state] ?? 'claimed')
  })

  it.each(all)('$name: a dead letter that is put back', async ({ written: known }) => {
    const { deadLetterAttributes, messages, effects } = known
    const body = messages.plain ?? ''
    const { handle, store } = await consumer({ ...effects.dead, pk: (JSON.parse(body) as { id: string }).id })
    expect(await handle(body, deadLetterAttributes.deaths)).toBe('acknowledge')
    expect(store.items('effects')).toMatchObject([{ state: 'succeeded', attempts: 2 }])
  })

  it.each(examples('records').filter(([, kind]) => kind !== 'request'))('%s: the record %s', async (_, kind, item) => {
    const type = (await recordTypes()).get(kind)
    if (type === undefined) throw new Error(`there is no record type ${kind}`)
    const value = recordIn(type, item)
    expect(type.key(value)).toEqual({ pk: item.pk, sk: item.sk })
  })
})

interface Reader extends Readonly<Record<'envelope' | 'outbox' | 'effect' | 'deadLetterAttributes', ZodType>> {
  readonly records: Readonly<Record<string, ZodType>>
}

const readers = await Promise.all(
  globSync('test/golden/*/reader.ts', { cwd: root }).map(async (file) => ({
    version: file.split('/')[2],
    reader: (await import(join(root, file))) as Reader,
  })),
)

describe.each(readers)('new items and messages, read by version $version', ({ reader }) => {
  const understands = (schema: ZodType | undefined, value: unknown) =>
    expect(schema?.safeParse(value).error).toBeUndefined()

  it.each(Object.entries(today.outbox))('the outbox item %s', (_, item) => understands(reader.outbox, item))
  it.each(Object.entries(today.messages))('the message %s', (_, body) => understands(reader.envelope, JSON.parse(body)))
  it.each(Object.entries(today.effects))('the effect %s', (_, item) => understands(reader.effect, item))
  it('a dead letter', () => understands(reader.deadLetterAttributes, today.deadLetterAttributes))
  // A kind of record that the old code did not have, it never reads.
  it.each(Object.entries(today.records).filter(([kind]) => kind in reader.records))('the record %s', (kind, item) =>
    understands(reader.records[kind], item),
  )

  it('does not pass for everything: what lacks a field is refused', () => {
    const { createdAt: _, ...rest } = JSON.parse(today.messages.plain ?? '') as Record<string, unknown>
    expect(reader.envelope.safeParse(rest).success).toBe(false)
  })
})
