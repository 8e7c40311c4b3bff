/** A job of one message of a lane, from its arrival to its end. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { NotDoneError, PermanentError } from '../../shared/define/errors.ts'
import { defineJob, type JobContext } from '../../shared/define/job.ts'
import { create } from '../../shared/define/record.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { consume } from '../../shared/execution/consume.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { counter, lanes } from '../support/app.ts'
import {
  clock,
  depsOf,
  effect,
  events,
  fails,
  freshForEach,
  handle,
  id,
  kinds,
  log,
  message,
  minute,
  type Settings,
  store,
} from '../support/consuming.ts'

freshForEach()
afterEach(() => {
  vi.useRealTimers()
})

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
