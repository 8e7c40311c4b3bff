import { describe, expect, it } from 'vitest'
import { failWrite } from '../../shared/execution/effect/end-writes.ts'
import { failingSince } from '../../shared/execution/effect/failing.ts'
import { readRefusal } from '../../shared/execution/effect/refusal.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { statusOf } from '../../shared/execution/status.ts'

const now = new Date('2026-01-01T00:00:00Z')
const [past, future] = [now.getTime() - 1, now.getTime() + 1]
const [earlier, written, later] = ['2025-11-01T00:00:00.000Z', '2025-12-31T00:00:00.000Z', '2026-02-02T00:00:00.000Z']
const effectOf = (change: Partial<Effect>) =>
  ({
    pk: 'j',
    type: 't',
    lane: 'l',
    owner: 'o',
    attempts: 1,
    budget: 2,
    deaths: 1,
    expiresAt: 0,
    state: 'running',
    ...change,
  }) as Effect

describe('a refused claim', () => {
  it.each<[string, Partial<Effect>, number, object]>([
    ['of a job that succeeded', { state: 'succeeded' }, 0, { kind: 'succeeded' }],
    ['of a cancelled job', { state: 'cancelled' }, 0, { kind: 'cancelled' }],
    ['that another attempt holds', { leaseUntil: future }, 0, { kind: 'busy', until: future }],
    ['at the very end of a lease', { leaseUntil: now.getTime() }, 0, { kind: 'busy', until: now.getTime() }],
    ['past the lease of an attempt', { leaseUntil: past }, 0, { kind: 'orphaned', isLast: false }],
    ['past the lease of the last attempt', { leaseUntil: past, attempts: 2 }, 0, { kind: 'orphaned', isLast: true }],
    [
      'past the lease of the last attempt, which shared its process',
      { leaseUntil: past, attempts: 2, shared: true },
      0,
      { kind: 'orphaned', isLast: false },
    ],
    ['before the end of the backoff', { state: 'retrying', notBefore: future }, 0, { kind: 'busy', until: future }],
    [
      'that a former life of the id left',
      { state: 'succeeded', createdAt: earlier },
      0,
      { kind: 'former', createdAt: written },
    ],
    ['that a former life holds still', { leaseUntil: future, createdAt: earlier }, 0, { kind: 'busy', until: future }],
    ['by a message of a former life', { state: 'dead', createdAt: later }, 1, { kind: 'superseded' }],
    ['that was refused for a state that is over', { state: 'retrying' }, 0, { kind: 'busy', until: now.getTime() }],
    ['of a dead job, by an ordinary message', { state: 'dead' }, 0, { kind: 'already-dead' }],
    ['of a dead job, by its latest dead letter', { state: 'dead' }, 1, { kind: 'redriven' }],
    ['of a dead job, by an older dead letter', { state: 'dead', deaths: 2 }, 1, { kind: 'already-dead' }],
    ['that went through, its answer lost', { owner: 'me', leaseUntil: future }, 0, { kind: 'claimed' }],
    ['of a job that we once owned', { owner: 'me', state: 'succeeded' }, 0, { kind: 'succeeded' }],
  ])('%s', (_, met, deaths, expected) => {
    expect(readRefusal(effectOf(met), { owner: 'me', now, onCrash: 'retry', createdAt: written }, deaths)).toEqual(
      expected,
    )
  })
})

describe('the status of a job', () => {
  const soon = new Date(future).toISOString()
  it.each<[string, string | undefined, Partial<Effect> | undefined, string]>([
    ['without an effect', undefined, undefined, 'pending'],
    ['that is for later', soon, undefined, 'scheduled'],
    ['whose time has come', now.toISOString(), undefined, 'pending'],
    ['within its lease', undefined, { leaseUntil: future }, 'running'],
    ['past its lease, with attempts left', undefined, { leaseUntil: past }, 'retrying'],
    ['past the lease of its last attempt', undefined, { leaseUntil: past, attempts: 2 }, 'dead'],
    ['that waits', soon, { state: 'retrying' }, 'retrying'],
    [
      'past the lease of its last attempt, not alone',
      undefined,
      { leaseUntil: past, attempts: 2, shared: true },
      'retrying',
    ],
    ['whose effect is of a former life', undefined, { state: 'succeeded', createdAt: earlier }, 'pending'],
    ['that is done', undefined, { state: 'succeeded' }, 'succeeded'],
    ['that is dead', undefined, { state: 'dead' }, 'dead'],
    ['that is cancelled', soon, { state: 'cancelled' }, 'cancelled'],
  ])('%s', (_, runAt, effect, expected) => {
    expect(statusOf({ runAt, createdAt: written }, effect && effectOf(effect), now)).toBe(expected)
  })

  it('that must not run twice is dead once its process has died', () => {
    const left = effectOf({ leaseUntil: past })
    expect(statusOf({ createdAt: written }, left, now, { onCrash: 'dead-letter' })).toBe('dead')
  })
})

describe('the start of failing', () => {
  it('is read from the key of the index', () => {
    expect(failingSince({ failingAt: `${now.toISOString()}#g~x` })).toBe(now.toISOString())
    expect(failingSince({})).toBeUndefined()
  })
})

describe('the failures of a job', () => {
  it('are kept attempt by attempt, the newest fifty, so that the item cannot grow beyond what a table takes', () => {
    const failures = Array.from({ length: 50 }, (_, i) => ({
      attempt: i + 1,
      at: now.toISOString(),
      error: 'Error: no',
    }))
    const end = { jobId: 'j', owner: 'o', now, expiresAt: 0, attempt: 51, error: `Error: ${'x'.repeat(900)}`, failures }
    const write = failWrite(end)
    const kept = write.op === 'update' ? (write.update.values?.[':failures'] as typeof failures) : []
    expect(kept.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 50 }, (_, i) => i + 2))
    expect(kept.at(-1)?.error).toHaveLength(300)
  })
})
