/** Messages that cannot be read or come too often, and the trace context that they carry. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { consume } from '../../shared/execution/consume.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { cancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import { lanes } from '../support/app.ts'
import {
  clock,
  depsOf,
  effect,
  events,
  fails,
  faults,
  forgetAll,
  freshForEach,
  handle,
  id,
  kinds,
  log,
  message,
  store,
} from '../support/consuming.ts'

freshForEach()

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
    forgetAll()
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
