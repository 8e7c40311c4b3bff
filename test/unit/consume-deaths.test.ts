/** What is left of a job that has died or was forgotten. */
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { PermanentError } from '../../shared/define/errors.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { consume } from '../../shared/execution/consume.ts'
import { cancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { LaneMessage, Store } from '../../shared/lib/ports.ts'
import { lanes } from '../support/app.ts'
import {
  clock,
  createdAt,
  depsOf,
  effect,
  fails,
  freshForEach,
  handle,
  id,
  kinds,
  log,
  message,
  store,
} from '../support/consuming.ts'

freshForEach()

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
