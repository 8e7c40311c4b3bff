/** One message of a lane, from its arrival to its end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { NotDoneError, PermanentError } from '../../shared/define/errors.ts'
import { defineJob, type JobContext, type JobSettings, request } from '../../shared/define/job.ts'
import { create } from '../../shared/define/record.ts'
import { defineRegistry, type Registry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { consume } from '../../shared/execution/consume.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { cancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { JobEvent, LaneMessage, Store } from '../../shared/lib/ports.ts'
import { counter, lanes } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const id = '00000000-0000-7000-8000-000000000001'
let clock: SimClock
let store: MemoryStore
let log: unknown[][]
let events: JobEvent[]
let faults: unknown[]
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  log = []
  events = []
  faults = []
})
afterEach(() => {
  vi.useRealTimers()
})

const envelope = { v: 1, id, type: 'job', version: 1, payload: { n: 1 }, lane: 'default', hops: 0 }
const createdAt = '2026-01-01T00:00:00.000Z'
function message(change: object = {}, deaths = 0): LaneMessage {
  const body = JSON.stringify({ ...envelope, createdAt, ...change })
  return { messageId: 'm', receiptHandle: 'r', body, receiveCount: 1, deaths }
}

const minute = 60_000

type Settings = Partial<JobSettings<z.ZodObject<{ n: z.ZodInt }>>>
/** Handles a message with a job type made of `settings`, 15 s before the end of its process. */
function handle(settings: Settings, given = message(), through: Partial<Store> = {}, secondsLeft = 15) {
  const backoff = { baseSeconds: 8, capSeconds: 8 }
  const job = defineJob({
    type: 'job',
    schema: z.object({ n: z.int() }),
    backoff,
    maxAttempts: 2,
    run: () => undefined,
    ...settings,
  })
  return consume(depsOf(defineRegistry([job], lanes), through), given, clock.now().getTime() + secondsLeft * 1000)
}

function depsOf(registry: Registry, through: Partial<Store> = {}): ConsumerDeps {
  return {
    store: { ...store, ...through },
    clock,
    ids: simIds(),
    registry,
    services: {} as Services,
    lifetimes: { outbox: 100, effect: 200 },
    queue: {
      changeVisibility: async (_, seconds) => void log.push(['back', seconds]),
      extendVisibility: async () => {},
      sendToDeadLetterQueue: async (_, letter) => void log.push(['dead letter', letter.deaths, letter.reason]),
    },
    observe: (event) => events.push(event),
    report: ({ error }) => faults.push(error),
  }
}
const effect = async () => (await store.get('effects', { pk: id })) as Effect | undefined
const kinds = () => events.map(({ kind }) => kind)
const fails = () => {
  throw new Error('no\nluck')
}

describe('a job', () => {
  it('runs and is committed with what it returned', async () => {
    const contexts: JobContext[] = []
    const run = (_: unknown, context: JobContext) => {
      contexts.push(context)
      return { records: [create(counter, { name: 'a', count: 1, labels: [] })] }
    }
    expect(await handle({ run })).toBe('acknowledge')
    expect(contexts).toMatchObject([{ jobId: id, effectKey: id, attempt: 1, now: clock.now() }])
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 1, finishedAt: clock.now().toISOString() })
    expect(store.items('records')).toHaveLength(1)
    expect(kinds()).toEqual(['started', 'succeeded'])
  })

  it('that comes before its time is not started, and comes back for it', async () => {
    const early = message({ runAt: new Date(clock.now().getTime() + 4_200).toISOString() })
    expect(await handle({}, early)).toBe('return')
    expect(log).toEqual([['back', 5]])
    expect(await effect()).toBeUndefined()
    clock.advance(4_200)
    expect(await handle({}, early)).toBe('acknowledge')
  })

  it('that comes a day before its time is hidden for less than the 12 hours that SQS counts from its receive', async () => {
    await handle({}, message({ runAt: new Date(clock.now().getTime() + 86_400_000).toISOString() }))
    expect(log).toEqual([['back', 39_600]])
  })

  it('that fails waits for its retry: noted first, then sent back', async () => {
    expect(await handle({ run: fails })).toBe('return')
    expect(await effect()).toMatchObject({ state: 'retrying', lastError: 'Error: no luck', attempts: 1 })
    expect(log).toEqual([['back', 4]])
    expect(events.at(-1)).toMatchObject({ kind: 'retrying', attempt: 1, seconds: 4 })
  })

  it('is dead after its last attempt, with a dead letter that says why', async () => {
    await handle({ run: fails })
    clock.advance(4_000)
    expect(await handle({ run: fails })).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1, attempts: 2, lastError: 'Error: no luck' })
    expect(log.at(-1)).toEqual(['dead letter', 1, 'Error: no luck'])
    expect((await effect())?.deadLetterAt).toBe(clock.now().toISOString())
    expect(kinds().at(-1)).toBe('dead')
  })

  it.each<[string, Settings, RegExp]>([
    ['throws a PermanentError', { run: () => Promise.reject(new PermanentError('never')) }, /^PermanentError: never/],
    [
      'has a payload that does not fit',
      { schema: z.object({ n: z.int().max(0) as never }) },
      /^PermanentError: .*n: Too big/,
    ],
    ['returns what is no change', { run: () => 'ok' as never }, /^PermanentError: "job" returned what is not a change/],
    [
      'returns a change that cannot be',
      { run: () => ({ jobs: [{ job: {}, payload: 1n }] }) as never },
      /^ChangeRefusedError: /,
    ],
  ])('is dead at once when it %s', async (_, settings, reason) => {
    await handle(settings)
    expect(await effect()).toMatchObject({ state: 'dead', attempts: 1, lastError: expect.stringMatching(reason) })
  })

  it('of an unknown type, or a newer version, waits for the deploy that knows it', async () => {
    expect(await handle({}, message({ type: 'newer' }))).toBe('return')
    expect(await effect()).toMatchObject({
      state: 'retrying',
      lastError: expect.stringMatching(/is unknown to this version/),
    })
    clock.advance(minute)
    expect(await handle({}, message({ version: 2 }))).toBe('return')
    expect((await effect())?.lastError).toMatch(/version 2, this code knows 1/)
  })

  it('that waited for a deploy has lost no attempt by it, however often it was received meanwhile', async () => {
    for (let i = 1; i <= 30; i++) {
      const change = i % 2 ? { type: 'newer' } : { version: 2 }
      expect(await handle({ maxAttempts: 1 }, { ...message(change), receiveCount: 40 + i })).toBe('return')
      clock.advance(minute)
    }
    clock.advance(15 * minute)
    expect(await handle({ maxAttempts: 1 })).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 1, budget: 1 })
    expect(await effect()).not.toHaveProperty('waitingSince')
  })

  it('looks for its code again after about as long as it has waited so far', async () => {
    for (let i = 0; i < 8; i++) {
      await handle({}, message({ type: 'newer' }))
      clock.advance(Number(log.at(-1)?.[1]) * 1000)
    }
    expect(log.map(([, seconds]) => seconds)).toEqual([8, 8, 12, 21, 37, 65, 114, 199])
  })

  it('of an unknown type that an attempt left behind waits too: only code that knows it can tell whether it may run again', async () => {
    const now = clock.now()
    const claim = { jobId: id, type: 'newer', lane: 'default', owner: 'dead', now, onCrash: 'dead-letter' as const }
    await store.write(claimWrite({ ...claim, leaseUntil: now.getTime(), maxAttempts: 3, expiresAt: 9 }))
    clock.advance(1)
    expect(await handle({}, message({ type: 'newer' }))).toBe('return')
    expect([log, await effect()]).toMatchObject([[['back', 8]], { state: 'running', attempts: 1, owner: 'dead' }])
    clock.advance(40 * minute)
    expect(await handle({}, message({ type: 'newer' }))).toBe('acknowledge')
    expect(await effect()).toMatchObject({
      state: 'dead',
      lastError: expect.stringMatching(/^CrashError: .* attempt 1 of 3/),
    })
  })

  it('that waits for a deploy in vain is dead after 40 minutes, and lives as long again once redriven', async () => {
    expect(await handle({}, message({ version: 2 }))).toBe('return')
    clock.advance(39 * minute)
    expect(await handle({}, message({ version: 2 }))).toBe('return')
    clock.advance(15 * minute)
    expect(await handle({}, message({ version: 2 }))).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1, attempts: 1 })
    expect(await handle({}, message({ version: 2 }, 1))).toBe('return')
    expect(await effect()).toMatchObject({ state: 'retrying', attempts: 1, budget: 3 })
    clock.advance(minute)
    expect(await handle({ run: fails }, message({}, 1))).toBe('return')
    clock.advance(minute)
    expect(await handle({}, message({}, 1))).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 3 })
  })

  it('with an older payload is brought up to the version of its type', async () => {
    const seen: unknown[] = []
    const run = (payload: unknown) => void seen.push(payload)
    await handle(
      { version: 2, upgrade: (old, from) => ({ n: (old as { m: number }).m + from }), run },
      message({ payload: { m: 5 } }),
    )
    expect(seen).toEqual([{ n: 6 }])
  })

  it('that outlives its time limit has failed, and hears of it', async () => {
    vi.useFakeTimers()
    const signals: AbortSignal[] = []
    const run = (_: unknown, { signal }: JobContext) => new Promise<undefined>(() => signals.push(signal))
    const outcome = handle({ run, timeLimitSeconds: 3 })
    await vi.advanceTimersByTimeAsync(2_999)
    expect(signals[0]?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await outcome).toBe('return')
    expect(signals[0]?.reason).toMatchObject({ name: 'TimeLimitError' })
    expect((await effect())?.lastError).toMatch(/longer than its time limit of 3 s/)
  })

  it('that must never run twice is dead when its time is over, or its commit fails', async () => {
    vi.useFakeTimers()
    const outcome = handle({ onCrash: 'dead-letter', run: () => new Promise(() => {}), timeLimitSeconds: 3 })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await outcome).toBe('acknowledge')
    expect(await effect()).toMatchObject({
      state: 'dead',
      lastError: expect.stringMatching(/^UnknownOutcomeError: .*TimeLimitError/),
    })
    const run = () => ({ records: [create(counter, { name: 'a', count: 1, labels: [] })] })
    const other = message({ id: id.replace('1', '2') })
    await handle({ onCrash: 'dead-letter', run }, other, { transact: () => Promise.reject(new Error('lost')) })
    expect(store.items('effects').map(({ state }) => state)).toEqual(['dead', 'dead'])
  })

  it('that must never run twice is dead when it throws: nobody knows what it did outside', async () => {
    expect(await handle({ onCrash: 'dead-letter', run: fails })).toBe('acknowledge')
    expect(await effect()).toMatchObject({
      state: 'dead',
      attempts: 1,
      lastError: expect.stringMatching(/^UnknownOutcomeError: .*Error: no luck/),
    })
    expect(log).toEqual([['dead letter', 1, expect.stringMatching(/^UnknownOutcomeError/)]])
  })

  it('that must never run twice is tried again when it says that nothing has happened', async () => {
    const run = () => Promise.reject(new NotDoneError('refused before it began'))
    expect(await handle({ onCrash: 'dead-letter', run })).toBe('return')
    expect(await effect()).toMatchObject({ state: 'retrying', lastError: 'NotDoneError: refused before it began' })
  })

  it('whose time limit no longer fits into its lane is dead with the reason, and does not go round', async () => {
    const job = defineJob({ type: 'job', schema: z.object({ n: z.int() }), timeLimitSeconds: 14, run: () => undefined })
    const registry = { ...defineRegistry([], lanes), jobs: new Map([['job', job]]) }
    const deps = depsOf(registry)
    expect(await consume(deps, message(), clock.now().getTime() + 15_000)).toBe('acknowledge')
    expect((await effect())?.lastError).toMatch(
      /^PermanentError: "job" may run 14 s, which no longer fits .*at most 13 s/,
    )
  })

  it('is never longer at work than its process lives', async () => {
    vi.useFakeTimers()
    const signals: AbortSignal[] = []
    const run = (_: unknown, { signal }: JobContext) => new Promise<undefined>(() => signals.push(signal))
    const slow: Partial<Store> = {
      async write(write) {
        const result = await store.write(write)
        if (JSON.stringify(write).includes('ADD attempts')) clock.advance(3_000)
        return result
      },
    }
    const outcome = handle({ run, timeLimitSeconds: 10 }, message(), slow, 12)
    await vi.advanceTimersByTimeAsync(8_000)
    expect(await outcome).toBe('return')
    expect(signals[0]?.aborted).toBe(true)
  })

  it('whose message is delivered twice keeps its backoff', async () => {
    await handle({ run: fails })
    clock.advance(3_999)
    expect(await handle({ run: fails })).toBe('return')
    expect(await effect()).toMatchObject({ state: 'retrying', attempts: 1 })
    expect(log).toEqual([
      ['back', 4],
      ['back', 1],
    ])
    clock.advance(1)
    expect(await handle({})).toBe('acknowledge')
  })
})

describe('a message', () => {
  const claimed = (change: object = {}) => {
    const claim = { jobId: id, type: 'job', lane: 'default', owner: 'other', now: clock.now(), maxAttempts: 2 }
    return store.write(
      claimWrite({ ...claim, leaseUntil: clock.now().getTime() + 5_500, onCrash: 'retry', expiresAt: 0, ...change }),
    )
  }

  it('that cannot be read goes to the dead-letter queue with its body', async () => {
    expect(await handle({}, { ...message(), body: 'no json' })).toBe('acknowledge')
    expect(log).toEqual([['dead letter', 0, 'the message body is not JSON']])
    expect(store.items('effects')).toEqual([])
  })

  it('of a job that is done or cancelled is dropped', async () => {
    await handle({})
    expect(await handle({ run: fails })).toBe('acknowledge')
    expect(kinds()).toEqual(['started', 'succeeded', 'duplicate'])
    store = memoryStore(clock)
    await store.write(cancelWrite({ pk: id, type: 'job', lane: 'default', expiresAt: 0 }, clock.now()))
    expect(await handle({ run: fails })).toBe('acknowledge')
    expect(kinds().at(-1)).toBe('cancelled')
  })

  it('comes back when the lease of another attempt ends', async () => {
    await claimed()
    expect(await handle({})).toBe('return')
    expect(log).toEqual([['back', 6]])
    expect(events).toMatchObject([{ kind: 'busy', seconds: 6 }])
  })

  it('takes over after a crash, as the next attempt', async () => {
    await claimed()
    clock.advance(5_501)
    expect(await handle({})).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 2 })
  })

  it.each([
    ['in the last attempt', { maxAttempts: 1 }, {}],
    ['in an attempt that must not be repeated', {}, { onCrash: 'dead-letter' as const }],
  ])('finds a crash %s, and declares the job dead', async (_, claim, settings) => {
    await claimed(claim)
    clock.advance(5_501)
    expect(await handle({ ...settings, run: fails })).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1, attempts: 1 })
    expect(log).toEqual([['dead letter', 1, expect.stringMatching(/^CrashError: the process died during attempt 1/)]])
  })

  it('brings a dead job back only as the dead letter of its latest death', async () => {
    await handle({ maxAttempts: 1, run: fails })
    expect(await handle({ maxAttempts: 1, run: fails }, message({}, 0))).toBe('acknowledge')
    expect(kinds().at(-1)).toBe('duplicate')
    await handle({ maxAttempts: 1, run: fails }, message({}, 1))
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 2, attempts: 2, budget: 2 })
    expect(await handle({ maxAttempts: 1 }, message({}, 1))).toBe('acknowledge')
    expect(await handle({ maxAttempts: 1 }, message({}, 2))).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'succeeded', deaths: 2, attempts: 3 })
  })

  it('that comes too late for a whole attempt goes back without one', async () => {
    expect(await handle({ timeLimitSeconds: 10 }, message(), {}, 10.9)).toBe('return')
    expect(log).toEqual([['back', 0]])
    expect(await effect()).toBeUndefined()
  })

  it('comes back by itself when the tables fail', async () => {
    expect(await handle({}, message(), { write: () => Promise.reject(new Error('down')) })).toBe('return')
    expect(faults).toMatchObject([{ message: 'down' }])
    expect(log).toEqual([])
  })
})

describe('a zombie', () => {
  /** The lease ends while the job runs, and another attempt takes the job over. */
  const overtaken =
    (owner = 'other') =>
    async () => {
      clock.advance(20_000)
      const claim = { jobId: id, type: 'job', lane: 'default', owner, now: clock.now(), onCrash: 'retry' as const }
      const leaseUntil = clock.now().getTime() + 5_000
      await claimJob(store, { ...claim, maxAttempts: 2, leaseUntil, expiresAt: 0 }, 0)
    }

  it('cannot commit, neither alone nor with records', async () => {
    expect(await handle({ run: overtaken() })).toBe('return')
    expect(kinds()).toEqual(['started', 'fenced'])
    expect(await effect()).toMatchObject({ state: 'running', owner: 'other', attempts: 2 })
    store = memoryStore(clock)
    const run = async () => {
      await overtaken()()
      return { records: [create(counter, { name: 'a', count: 1, labels: [] })] }
    }
    expect(await handle({ run })).toBe('return')
    expect(store.items('records')).toEqual([])
  })

  it('cannot end the attempt of another', async () => {
    const run = async () => {
      await overtaken()()
      throw new PermanentError('zombie')
    }
    expect(await handle({ run })).toBe('return')
    expect(await effect()).toMatchObject({ state: 'running', owner: 'other' })
    expect(kinds()).toEqual(['started'])
    expect(log).toEqual([['back', 1]])
  })
})

describe('a job that has done its work outside', () => {
  /** The table fails so many times before it takes the completion. */
  const failing = (times: number): Partial<Store> => {
    let left = times
    return {
      write: async (write) => {
        if (JSON.stringify(write).includes(':succeeded') && left-- > 0) throw new Error('throttled')
        return store.write(write)
      },
    }
  }

  it('is not run again because the table throttles its completion', async () => {
    const run = vi.fn()
    expect(await handle({ run }, message(), failing(5))).toBe('acknowledge')
    expect(run).toHaveBeenCalledTimes(1)
    expect((await effect())?.state).toBe('succeeded')
  })

  it('fails when the table still throttles as its process is about to end', async () => {
    expect(await handle({}, message(), failing(Number.POSITIVE_INFINITY))).toBe('return')
    expect(await effect()).toMatchObject({ state: 'retrying', lastError: 'Error: throttled' })
  })
})

describe('a lost answer', () => {
  /** The first call that matches is done, and its answer is lost; then it is asked again, as the SDK does. */
  const repeated = (when: (text: string) => boolean): Partial<Store> => ({
    async write(write) {
      if (write.op === 'update' && when(write.update.text)) await store.write(write)
      return store.write(write)
    },
  })

  it('of a claim is no obstacle', async () => {
    expect(
      await handle(
        {},
        message(),
        repeated((text) => text.includes('ADD attempts')),
      ),
    ).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 1 })
  })

  it('of a completion is no obstacle', async () => {
    expect(
      await handle(
        {},
        message(),
        repeated((text) => text.includes(':succeeded')),
      ),
    ).toBe('acknowledge')
    expect(kinds()).toEqual(['started', 'succeeded'])
  })

  it('of a completion in a last attempt sends no dead letter', async () => {
    const lost: Partial<Store> = {
      async write(write) {
        const result = await store.write(write)
        if (JSON.stringify(write).includes(':succeeded')) throw new Error('answer lost')
        return result
      },
    }
    expect(await handle({ maxAttempts: 1 }, message(), lost)).toBe('return')
    expect([(await effect())?.state, log]).toEqual(['succeeded', [['back', 1]]])
    expect(await handle({ maxAttempts: 1 })).toBe('acknowledge')
  })

  it('of a death is no obstacle', async () => {
    const lost = repeated((text) => text.includes('ADD deaths'))
    expect(await handle({ maxAttempts: 1, run: fails }, message(), lost)).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1 })
  })
})

describe('a death', () => {
  /** The process dies at the first call that matches, before it is done. */
  const dies = (when: (text: string) => boolean): Partial<Store> => ({
    write: (write) => (when(JSON.stringify(write)) ? Promise.reject(new Error('died')) : store.write(write)),
  })

  it('whose dead letter was not sent is told by the next message, once', async () => {
    const run = () => Promise.reject(new PermanentError('no'))
    const deps = { ...depsOf(defineRegistry([defineJob({ type: 'job', schema: z.object({}), run })], lanes)) }
    const silent = { ...deps, queue: { ...deps.queue, sendToDeadLetterQueue: () => Promise.reject(new Error('died')) } }
    expect(await consume(silent, message(), clock.now().getTime() + 15_000)).toBe('return')
    expect([(await effect())?.state, log]).toEqual(['dead', []])
    for (let i = 0; i < 3; i++) await consume(deps, message(), clock.now().getTime() + 15_000)
    expect(log).toEqual([['dead letter', 1, 'PermanentError: no']])
  })

  it('is written before its dead letter is sent, so that no dead letter tells of a job that goes on', async () => {
    expect(
      await handle(
        { maxAttempts: 1, run: fails, timeLimitSeconds: 1 },
        message(),
        dies((text) => text.includes('ADD deaths')),
        3,
      ),
    ).toBe('return')
    expect([(await effect())?.state, log]).toEqual(['running', []])
  })
})

describe('an id that is used again after its job was forgotten', () => {
  const months = 60 * 86_400_000
  const again = () => message({ createdAt: new Date(Date.parse(createdAt) + months).toISOString() })

  it.each<[string, () => Promise<unknown>]>([
    ['succeeded', () => handle({})],
    ['died', () => handle({ maxAttempts: 1, run: fails })],
    ['failed', () => handle({ run: fails })],
    [
      'was cancelled',
      () => store.write(cancelWrite({ pk: id, type: 'job', lane: 'default', createdAt, expiresAt: 0 }, clock.now())),
    ],
    [
      'was left by its process',
      () =>
        claimJob(
          store,
          {
            jobId: id,
            type: 'job',
            lane: 'default',
            createdAt,
            owner: 'o',
            now: clock.now(),
            leaseUntil: 0,
            maxAttempts: 1,
            onCrash: 'retry',
            expiresAt: 0,
          },
          0,
        ),
    ],
  ])('runs, when the job before it %s', async (_, first) => {
    await first()
    clock.advance(months)
    const run = vi.fn()
    expect(await handle({ run }, again())).toBe('acknowledge')
    expect(run).toHaveBeenCalledTimes(1)
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 1, deaths: 0 })
    for (const gone of ['lastError', 'failures', 'failing']) expect(await effect()).not.toHaveProperty(gone)
    // A late duplicate of the first life finds the second.
    expect(await handle({ run })).toBe('acknowledge')
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('causes jobs of its own, although those of the job before it are still there', async () => {
    const child = defineJob({ type: 'child', schema: z.object({}), run: () => undefined })
    const run = () => ({ jobs: [request(child, {}, { runAt: new Date(clock.now().getTime() + 300 * 86_400_000) })] })
    const job = defineJob({ type: 'job', schema: z.object({ n: z.int() }), run })
    const deps = depsOf(defineRegistry([job, child], lanes))
    const handled = (given: LaneMessage) => consume(deps, given, clock.now().getTime() + 15_000)
    expect(await handled(message())).toBe('acknowledge')
    clock.advance(months)
    expect(await handled(again())).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(store.items('outbox')).toHaveLength(2)
  })

  it('can be cancelled, whatever the job before it came to', async () => {
    await handle({})
    clock.advance(months)
    const cancelled = await store.write(
      cancelWrite(
        { pk: id, type: 'job', lane: 'default', createdAt: clock.now().toISOString(), expiresAt: 0 },
        clock.now(),
      ),
    )
    expect(cancelled.kind).toBe('written')
    expect(await handle({}, again())).toBe('acknowledge')
    expect(kinds().at(-1)).toBe('cancelled')
  })
})

describe('the trace context', () => {
  const given = message({ traceparent: 'of the envelope' })
  const next = defineJob({ type: 'next', schema: z.object({ n: z.int() }), run: () => undefined })
  const caused = () => store.items('outbox').map(({ traceparent }) => traceparent)
  const run = (trace?: ConsumerDeps['trace']) => {
    const job = defineJob({
      type: 'job',
      schema: z.object({ n: z.int() }),
      run: () => ({ jobs: [request(next, { n: 2 })] }),
    })
    const deps = { ...depsOf(defineRegistry([job, next], lanes)), trace }
    return consume(deps, given, clock.now().getTime() + 15_000)
  }

  it('of an envelope is carried on by the jobs that its job causes', async () => {
    expect(await run()).toBe('acknowledge')
    expect(caused()).toEqual(['of the envelope'])
  })

  it('of a traced attempt is carried on in its place', async () => {
    const traced: unknown[] = []
    const trace: ConsumerDeps['trace'] = ({ envelope: { traceparent }, ...attempt }, work) => {
      traced.push({ traceparent, ...attempt })
      return work('of the attempt')
    }
    expect(await run(trace)).toBe('acknowledge')
    expect(traced).toEqual([{ traceparent: 'of the envelope', attempt: 1, messageId: 'm' }])
    expect(caused()).toEqual(['of the attempt'])
  })

  it('of a message that starts no attempt is not traced', async () => {
    await run()
    await run(() => Promise.reject(new Error('there is no attempt')))
    expect(faults).toEqual([])
  })
})
