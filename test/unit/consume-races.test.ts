/** Attempts that end after their lease, without an answer, or without an end. */
import { describe, expect, it, vi } from 'vitest'
import { PermanentError } from '../../shared/define/errors.ts'
import { create } from '../../shared/define/record.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { counter } from '../support/app.ts'
import {
  clock,
  effect,
  fails,
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
    forgetAll()
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
