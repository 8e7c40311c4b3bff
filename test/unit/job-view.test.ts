/** A job as the API shows it. */
import { describe, expect, it } from 'vitest'
import { viewOf } from '../../functions/api/routes/jobs/view.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { appWith } from '../support/app.ts'

const now = new Date('2026-01-01T00:00:00.000Z')
const [soon, past] = [now.getTime() + 5_000, now.getTime() - 5_000]
const envelope: Envelope = {
  ...{ v: 1, id: '00000000-0000-7000-8000-000000000001', type: 'work', version: 1, payload: { label: 'x' } },
  ...{ lane: 'default', hops: 0, createdAt: '2025-12-31T00:00:00.000Z' },
}
const effect = (rest: Partial<Effect>): Effect => ({
  ...{ pk: envelope.id, type: 'work', lane: 'default', attempts: 1, budget: 2, deaths: 0, expiresAt: 0 },
  ...{ state: 'retrying', ...rest },
})
const view = (rest: Partial<Effect>, of = envelope) => viewOf(of, effect(rest), appWith(), now)

describe('the next attempt of a job', () => {
  it('starts when the backoff is over', () => {
    expect(view({ notBefore: soon }).nextAttemptAt).toBe('2026-01-01T00:00:05.000Z')
  })

  it('starts when the lease of a dead process is over', () => {
    expect(view({ state: 'running', leaseUntil: past })).toMatchObject({
      status: 'retrying',
      nextAttemptAt: '2025-12-31T23:59:55.000Z',
    })
  })

  it('is not told of a job that waits for its message alone, is at work, or has ended', () => {
    for (const rest of [{}, { state: 'running', leaseUntil: soon }, { state: 'dead' }, { state: 'succeeded' }] as const)
      expect(view(rest).nextAttemptAt).toBeUndefined()
  })

  it('is not told of a job that must not run twice', () => {
    const unrepeatable = view({ state: 'running', leaseUntil: past }, { ...envelope, type: 'unrepeatable' })
    expect([unrepeatable.status, unrepeatable.nextAttemptAt]).toEqual(['dead', undefined])
  })
})
