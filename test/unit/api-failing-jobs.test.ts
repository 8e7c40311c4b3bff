import { expect, it } from 'vitest'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import { failingKey } from '../../shared/execution/effect/failing.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { apiOf } from '../support/api.ts'
import { appWith } from '../support/app.ts'

const now = new Date('2026-11-25T03:04:30.000Z')
const dead = {
  pk: '00000000-0000-7000-8000-000000000001',
  type: 'work',
  lane: 'default',
  state: 'dead',
  attempts: 2,
  budget: 2,
  deaths: 1,
  createdAt: '2026-10-01T00:00:00.000Z',
  lastError: 'Error: no',
  failingAt: '2026-11-24T00:00:00.000Z#00000000-0000-7000-8000-000000000001',
  finishedAt: '2026-11-24T00:00:00.000Z',
  expiresAt: 9,
} as Effect

it('a dead job whose outbox item has expired is listed from its effect, without its payload', async () => {
  const entry = { id: dead.pk, at: dead.failingAt, type: dead.type, lane: dead.lane, effect: dead }
  const indexes = {
    query: async (_: string, partition: string) => (partition === failingKey('dead', 0) ? [entry] : []),
  }
  const listing = { indexes, hasAll: false, items: async () => [], effects: async () => [] }
  const deps = { listing, registry: appWith(), clock: { now: () => now } }
  const answer = await apiOf(jobs, deps)({ path: '/jobs', query: { status: 'dead' } })
  expect(answer).toMatchObject({
    status: 200,
    body: { jobs: [{ id: dead.pk, status: 'dead', lastError: 'Error: no' }] },
  })
  expect(answer.body).toMatchObject({ jobs: [{ createdAt: dead.createdAt, payload: null, payloadExpired: true }] })
})
