/** Batches on the running stack: their callbacks come once, after the last member, whatever becomes of the members. */
import { expect, test } from 'vitest'
import type { Batch } from '../../functions/api/routes/batches/schemas.ts'
import { api } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, postBatch, probe, probeCounts, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

interface Created {
  readonly id: string
  readonly jobs: readonly { readonly id: string }[]
}

async function create(body: object): Promise<Created> {
  const { status, body: created } = await api.post<Created>('/batches', body)
  expect(status, JSON.stringify(created)).toBe(202)
  return created
}

const batchIs = (id: string, wanted: string) =>
  eventually(
    `batch ${id} is ${wanted}`,
    async () => (await api.get<Batch>(`/batches/${id}`)).body,
    ({ status }) => status === wanted,
    { within: 60_000 },
  )
const countsIn = ({ labels }: { labels: readonly string[] }) => labels.map((label) => JSON.parse(label))

test('a batch is finished once all have ended, and has succeeded once its dead are redriven', async () => {
  const key = unique('batch')
  const [finished, succeeded] = [`${key}-finished`, `${key}-succeeded`]
  // Two fail for good until their key is no more told to: a probe that dies of its limit of attempts runs again when redriven.
  const members = Array.from({ length: 12 }, (_, n) =>
    probeJob({ key, label: String(n), ...(n % 4 === 0 && { failAttempts: 1 }), ...(n > 9 && { failAttempts: 6 }) }),
  )
  const { id, jobs } = await create({
    jobs: members,
    onFinished: probeJob({ key: finished }),
    onSucceeded: probeJob({ key: succeeded }),
  })
  const dead = jobs.slice(10).map((job) => job.id)
  for (const job of dead) await jobIs(job, 'dead', { within: 60_000 })
  const view = await batchIs(id, 'finished')
  expect(view).toMatchObject({ total: 12, succeeded: 10, dead: 2, cancelled: 0, pending: 0 })
  expect(view.callbacks).toMatchObject([{ event: 'finished', type: 'probe' }])
  expect(countsIn(await probeCounts(finished, 1))).toEqual([{ id, total: 12, succeeded: 10, dead: 2, cancelled: 0 }])
  const redriven = await api.post('/dead-letters/redrive', { ids: dead })
  expect(redriven.status).toBe(202)
  expect(await batchIs(id, 'succeeded')).toMatchObject({ succeeded: 12, dead: 0 })
  expect(countsIn(await probeCounts(succeeded, 1))).toMatchObject([{ succeeded: 12 }])
  expect((await probe(finished)).count).toBe(1)
})

test('a batch that many requests fill is finished after its seal, and shows its jobs', async () => {
  const key = unique('batch')
  const { id } = await create({ open: true, onFinished: probeJob({ key: `${key}-end` }) })
  const added = await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      api.post<Created>(`/batches/${id}/jobs`, {
        jobs: Array.from({ length: 5 }, (_, i) => probeJob({ key: `${key}-${n}`, result: n * 5 + i })),
      }),
    ),
  )
  expect(added.map(({ status }) => status)).toEqual(Array(6).fill(202))
  for (const { body } of added) for (const job of body.jobs) await jobIs(job.id, 'succeeded')
  expect((await api.get<Batch>(`/batches/${id}`)).body).toMatchObject({ status: 'open', total: 30, callbacks: [] })
  expect((await api.post(`/batches/${id}/seal`, {})).status).toBe(200)
  expect(countsIn(await probeCounts(`${key}-end`, 1))).toMatchObject([{ total: 30, succeeded: 30 }])
  const { body } = await api.get<{ jobs: { result: number }[] }>(`/batches/${id}/jobs?limit=100`)
  expect(body.jobs.map(({ result }) => result).sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n))
  const listed = await api.get<{ batches: Batch[] }>('/batches?status=succeeded')
  expect(listed.body.batches.map((batch) => batch.id)).toContain(id)
})

test('a member that is cancelled counts as ended, also the last one', async () => {
  const key = unique('batch')
  const later = { delaySeconds: 3_600 }
  const { id, jobs } = await create({
    jobs: [probeJob({ key }), probeJob({ key }, later)],
    onFinished: probeJob({ key: `${key}-end` }),
  })
  await jobIs(jobs[0]?.id ?? '', 'succeeded')
  expect((await api.get<Batch>(`/batches/${id}`)).body).toMatchObject({ status: 'running', pending: 1 })
  expect((await api.post(`/jobs/${jobs[1]?.id}/cancel`, {})).status).toBe(200)
  expect(countsIn(await probeCounts(`${key}-end`, 1))).toMatchObject([{ total: 2, succeeded: 1, cancelled: 1 }])
})

test('a job without a batch is in none', async () => {
  const [id = ''] = await postBatch([probeJob({ key: unique('batch') })])
  expect((await api.get(`/jobs/${id}`)).body).not.toHaveProperty('batch')
})
