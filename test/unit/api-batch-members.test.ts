/** The members of a batch, as the API lists them. */
import { beforeEach, describe, expect, it } from 'vitest'
import { batches } from '../../functions/api/routes/batches/routes.ts'
import type { Members } from '../../functions/api/routes/batches/schemas.ts'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import { settle } from '../../shared/batch/settle.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { apiOf } from '../support/api.ts'
import { appWith } from '../support/app.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

let store: MemoryStore
let api: ReturnType<typeof apiOf>
const clock = simClock()
const ids = simIds()
beforeEach(() => {
  store = memoryStore(clock)
  const rest = { ids, registry: appWith(), outboxLifetime: 1, jobOwners: [], links: () => ({}) }
  api = apiOf([...batches, ...jobs], { store, clock, ...rest, ...memoryReader(store) })
})

const work = (count: number) => Array.from({ length: count }, () => ({ type: 'work', payload: { label: 'x' } }))
const post = async <T>(path: string, body: object) => {
  const { status, body: answer } = await api({ method: 'POST', path, body })
  expect(status).toBe(202)
  return answer as T
}

/** A batch of some requests, 100 jobs each. @returns its id, and those of its members */
async function filled(requests: number) {
  const { id } = await post<{ id: string }>('/batches', { open: true })
  const members: string[] = []
  for (let n = 0; n < requests; n++) {
    const { jobs } = await post<{ jobs: { id: string }[] }>(`/batches/${id}/jobs`, { jobs: work(100) })
    members.push(...jobs.map((job) => job.id))
  }
  return { id, members }
}

async function end(id: string, state: 'dead' | 'cancelled'): Promise<void> {
  const item = store.items('outbox').find((one) => one.id === id)
  const decoded = item && decodeItem(item)
  if (decoded?.kind !== 'envelope') throw new Error(`there is no job ${id}`)
  await store.write({
    op: 'put',
    table: 'effects',
    item: { pk: id, type: 'work', lane: 'default', attempts: 1, state },
  })
  await settle({ store, clock, ids }, decoded.envelope, state)
}

async function list(id: string, query: Record<string, string> = {}) {
  const { status, body } = await api({ path: `/batches/${id}/jobs`, query })
  expect(status).toBe(200)
  const { jobs, next } = body as Members
  return { ids: jobs.map((job) => job.id), next }
}

describe('the members of a batch', () => {
  it('are listed in the order of their addition, page by page', async () => {
    const { id, members } = await filled(3)
    const first = await list(id)
    const second = await list(id, { cursor: first.next ?? '' })
    const third = await list(id, { cursor: second.next ?? '' })
    expect([...first.ids, ...second.ids, ...third.ids]).toEqual(members)
  })

  it('that are dead, cancelled or pending are listed alone, page by page', async () => {
    const { id, members } = await filled(3)
    const dead = [7, 105, 299].map((n) => members[n] ?? '')
    for (const one of dead) await end(one, 'dead')
    await end(members[50] ?? '', 'cancelled')
    const first = await list(id, { status: 'dead', limit: '2' })
    expect(first.ids).toEqual(dead.slice(0, 2))
    const second = await list(id, { status: 'dead', limit: '2', cursor: first.next ?? '' })
    expect(second).toEqual({ ids: dead.slice(2), next: undefined })
    expect(await list(id, { status: 'cancelled' })).toEqual({ ids: [members[50]], next: undefined })
    expect((await list(id, { status: 'pending' })).ids).not.toContain(dead[0])
  })

  it('are not listed by a status that the batch does not count', async () => {
    const { id } = await filled(1)
    expect(await api({ path: `/batches/${id}/jobs`, query: { status: 'running' } })).toMatchObject({ status: 422 })
  })

  it('name their batch', async () => {
    const { id, members } = await filled(1)
    expect((await api({ path: `/jobs/${members[0]}` })).body).toMatchObject({ batch: id })
  })
})

it('a job outside of batches names none', async () => {
  const { id } = await post<{ id: string }>('/jobs', { type: 'work', payload: { label: 'x' } })
  expect((await api({ path: `/jobs/${id}` })).body).not.toMatchObject({ batch: expect.anything() })
})
