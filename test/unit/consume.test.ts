/** One message of a lane, from its arrival to its end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type ConsumerDeps, consume } from '../../shared/consume.ts'
import { cancelWrite, claimWrite, type Effect } from '../../shared/effect.ts'
import { PermanentError } from '../../shared/errors.ts'
import { defineJob, type JobContext, type JobSettings } from '../../shared/job.ts'
import type { JobEvent, LaneMessage, Store } from '../../shared/ports.ts'
import { create } from '../../shared/record.ts'
import { defineRegistry } from '../../shared/registry.ts'
import type { Services } from '../../shared/services.ts'
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
function message(change: object = {}, deaths = 0): LaneMessage {
  const body = JSON.stringify({ ...envelope, createdAt: clock.now().toISOString(), ...change })
  return { messageId: 'm', receiptHandle: 'r', body, receiveCount: 1, deaths }
}

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
  const deps: ConsumerDeps = {
    store: { ...store, ...through },
    clock,
    ids: simIds(),
    registry: defineRegistry([job], lanes),
    services: {} as Services,
    lifetimes: { outbox: 100, effect: 200 },
    queue: {
      comeBackIn: async (_, seconds) => void log.push(['back', seconds]),
      hideAll: async () => {},
      bury: async (_, letter) => void log.push(['bury', letter.deaths, letter.reason]),
    },
    observe: (event) => events.push(event),
    report: ({ error }) => faults.push(error),
  }
  return consume(deps, given, clock.now().getTime() + secondsLeft * 1000)
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

  it('is dead after its last attempt, with a letter that says why', async () => {
    await handle({ run: fails })
    expect(await handle({ run: fails })).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1, attempts: 2, lastError: 'Error: no luck' })
    expect(log.at(-1)).toEqual(['bury', 1, 'Error: no luck'])
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
    expect(await handle({}, message({ version: 2 }))).toBe('return')
    expect((await effect())?.lastError).toMatch(/version 2, this code knows 1/)
  })

  it('that waited for a deploy has lost no attempt by it', async () => {
    for (let receiveCount = 1; receiveCount <= 11; receiveCount++) {
      const change = receiveCount % 2 ? { type: 'newer' } : { version: 2 }
      expect(await handle({ maxAttempts: 1 }, { ...message(change), receiveCount })).toBe('return')
    }
    expect(log.map(([, seconds]) => seconds)).toEqual([5, 10, 20, 40, 80, 160, 320, 450, 450, 450, 450])
    expect(await handle({ maxAttempts: 1 })).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'succeeded', attempts: 1, budget: 1 })
  })

  it('of an unknown type that an attempt left behind waits too: only who knows it can tell whether it may run again', async () => {
    const now = clock.now()
    const claim = { jobId: id, type: 'newer', lane: 'default', owner: 'dead', now, onCrash: 'park' as const }
    await store.write(claimWrite({ ...claim, leaseUntil: now.getTime(), maxAttempts: 3, expiresAt: 9 }))
    clock.advance(1)
    expect(await handle({}, message({ type: 'newer' }))).toBe('return')
    expect([log, await effect()]).toMatchObject([[['back', 5]], { state: 'running', attempts: 1, owner: 'dead' }])
    expect(await handle({}, { ...message({ type: 'newer' }), receiveCount: 12 })).toBe('acknowledge')
    expect(await effect()).toMatchObject({
      state: 'dead',
      lastError: expect.stringMatching(/^CrashError: .* attempt 1 of 3/),
    })
  })

  it('that waits for a deploy in vain is dead in the end, and lives as long again once redriven', async () => {
    const last = { ...message({ version: 2 }), receiveCount: 12 }
    expect(await handle({}, last)).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1, attempts: 1 })
    expect(await handle({}, { ...message({ version: 2 }, 1) })).toBe('return')
    expect(await effect()).toMatchObject({ state: 'retrying', attempts: 1, budget: 3 })
    expect(await handle({ run: fails }, message({}, 1))).toBe('return')
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
    const outcome = handle({ onCrash: 'park', run: () => new Promise(() => {}), timeLimitSeconds: 3 })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await outcome).toBe('acknowledge')
    expect(await effect()).toMatchObject({
      state: 'dead',
      lastError: expect.stringMatching(/^UnknownOutcomeError: .*TimeLimitError/),
    })
    const run = () => ({ records: [create(counter, { name: 'a', count: 1, labels: [] })] })
    const other = message({ id: id.replace('1', '2') })
    await handle({ onCrash: 'park', run }, other, { transact: () => Promise.reject(new Error('lost')) })
    expect(store.items('effects').map(({ state }) => state)).toEqual(['dead', 'dead'])
  })

  it('that must never run twice may still be tried again when it says itself that it failed', async () => {
    await handle({ onCrash: 'park', run: fails })
    expect((await effect())?.state).toBe('retrying')
  })
})

describe('a message', () => {
  const claimed = (change: object = {}) => {
    const claim = { jobId: id, type: 'job', lane: 'default', owner: 'other', now: clock.now(), maxAttempts: 2 }
    return store.write(
      claimWrite({ ...claim, leaseUntil: clock.now().getTime() + 5_500, onCrash: 'retry', expiresAt: 0, ...change }),
    )
  }

  it('that cannot be read is buried with its body, and goes', async () => {
    expect(await handle({}, { ...message(), body: 'no json' })).toBe('acknowledge')
    expect(log).toEqual([['bury', 0, 'the message body is not JSON']])
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
    ['in an attempt that must not be repeated', {}, { onCrash: 'park' as const }],
  ])('finds a crash %s, and declares the job dead', async (_, claim, settings) => {
    await claimed(claim)
    clock.advance(5_501)
    expect(await handle({ ...settings, run: fails })).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1, attempts: 1 })
    expect(log).toEqual([['bury', 1, expect.stringMatching(/^CrashError: the process died during attempt 1/)]])
  })

  it('brings a dead job back only as the letter of its latest death', async () => {
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
  /** The lease ends while the job runs, and another attempt claims it. */
  const overtaken =
    (owner = 'other') =>
    async () => {
      clock.advance(20_000)
      const claim = { jobId: id, type: 'job', lane: 'default', owner, now: clock.now(), onCrash: 'retry' as const }
      await store.write(
        claimWrite({ ...claim, maxAttempts: 2, leaseUntil: clock.now().getTime() + 5_000, expiresAt: 0 }),
      )
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

  it('of a death is no obstacle', async () => {
    const lost = repeated((text) => text.includes('ADD deaths'))
    expect(await handle({ maxAttempts: 1, run: fails }, message(), lost)).toBe('acknowledge')
    expect(await effect()).toMatchObject({ state: 'dead', deaths: 1 })
  })
})
