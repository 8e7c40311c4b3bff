import { beforeEach, describe, expect, it } from 'vitest'
import { jobBatches, jobs } from '../../functions/api/routes/jobs/routes.ts'
import { apiOf } from '../support/api.ts'
import { appWith } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

let clock: SimClock
let store: MemoryStore
let api: ReturnType<typeof apiOf>
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  const rest = { ids: simIds(), registry: appWith(), outboxLifetime: 1 }
  api = apiOf([...jobs, ...jobBatches], { store, clock, ...rest })
})

const post = (path: '/jobs' | '/job-batches', body: string | object, key?: string) =>
  api({ method: 'POST', path, body, key })

const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000).toISOString()

describe('a repetition gets the first answer', () => {
  const payload = { label: 'x' }
  it.each<[string, '/jobs' | '/job-batches', () => object]>([
    ['a job', '/jobs', () => ({ type: 'work', payload, runAt: inSeconds(30) })],
    ['a job of a group', '/jobs', () => ({ type: 'step', payload: { label: 'x', group: 'g' }, runAt: inSeconds(30) })],
    [
      'a batch',
      '/job-batches',
      () => ({
        jobs: [
          { type: 'work', payload, runAt: inSeconds(30) },
          { type: 'work', payload, delaySeconds: 9 },
        ],
      }),
    ],
  ])('%s, also when its time has passed since', async (_, path, make) => {
    const body = make()
    const first = await post(path, body, 'key')
    expect(first.status).toBe(202)
    expect(JSON.stringify(first.body)).toContain('scheduled')
    for (let i = 0; i < 2; i++) {
      clock.advance(60_000)
      const again = await post(path, body, 'key')
      expect(again).toMatchObject({ status: 202, body: first.body, headers: { 'idempotency-replayed': 'true' } })
      expect(again.headers.location).toBe(first.headers.location)
    }
    expect(await post(path, body, 'other key')).toMatchObject({ status: 422 })
    expect(await post(path, body)).toMatchObject({ status: 422 })
  })

  it('but another body under its key does not', async () => {
    await post('/jobs', { type: 'work', payload, runAt: inSeconds(30) }, 'key')
    expect(await post('/jobs', { type: 'work', payload, runAt: inSeconds(-90) }, 'key')).toMatchObject({ status: 422 })
    expect(await post('/jobs', { type: 'gone', payload }, 'key')).toMatchObject({ status: 422 })
    expect(await post('/jobs', { type: 'step', payload, group: '/'.repeat(3_000) }, 'key')).toMatchObject({
      status: 422,
    })
    expect(store.items('outbox')).toHaveLength(1)
  })
})

it('a body nested beyond what every reader of JSON takes is refused, with a key and without', async () => {
  const body = `{"type":"work","payload":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  for (const key of [undefined, 'key']) {
    expect(await post('/jobs', body, key)).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'is nested deeper than 100 levels' }] },
    })
  }
})
