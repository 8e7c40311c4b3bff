/** Many writers on one record: each transaction conflicts with the one that is under way. */
import { expect, it } from 'vitest'
import type { Store } from '../../shared/lib/ports.ts'
import { commit } from '../../shared/outbox/commit.ts'
import { seeded } from '../support/random.ts'

/** Time that goes on, event by event, once nobody can do anything without it. */
function timeline(random: () => number) {
  let now = 0
  const sleepers: { readonly at: number; readonly wake: () => void }[] = []
  return {
    clock: {
      now: () => new Date(now),
      random,
      sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ at: now + ms, wake })),
    },
    async pass(): Promise<void> {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve))
        sleepers.sort((a, b) => a.at - b.at)
        const next = sleepers.shift()
        if (!next) return
        now = next.at
        next.wake()
      }
    },
  }
}

const write = { op: 'put', table: 'records', item: { pk: 'hot', sk: 'hot' } } as const

/** Commits of so many writers at once, where a transaction takes so many ms; how each ended, and how often the record was written. */
async function storm(writers: number, ms: number, patience: number) {
  const { clock, pass } = timeline(seeded(writers))
  let written = 0
  let isBusy = false
  const store: Pick<Store, 'transact'> = {
    async transact() {
      if (isBusy) return { kind: 'busy', reason: 'TransactionConflict' }
      isBusy = true
      await clock.sleep(ms)
      isBusy = false
      written += 1
      return { kind: 'written' }
    },
  }
  const ends = Array.from({ length: writers }, (_, i) =>
    commit({ store: store as Store, clock }, [write], String(i), patience),
  )
  await pass()
  const kinds = (await Promise.all(ends)).map(({ kind }) => kind)
  return {
    written,
    done: kinds.filter((kind) => kind === 'written').length,
    busy: kinds.filter((kind) => kind === 'busy').length,
  }
}

/** What a request has, in ms; a job has the rest of its invocation, some 14 s. */
const request = 5_000

it('100 writers of one record at once all get through within the time of a request', async () => {
  expect(await storm(100, 10, request)).toEqual({ written: 100, done: 100, busy: 0 })
})

it('more than one record takes in that time are told to come back, and none of theirs is written', async () => {
  const { written, done, busy } = await storm(1_000, 10, request)
  expect(done).toBe(written)
  expect(done + busy).toBe(1_000)
  // The record can take 500 in 5 s; waiting apart must not waste most of that.
  expect(done).toBeGreaterThan(200)
  expect(busy).toBeGreaterThan(0)
})
