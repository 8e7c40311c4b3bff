/** Unique jobs over the API: many requests for one job, and what its end changes. */
import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { jobIs, probe, probeJob, type Receipt } from './support/jobs.ts'
import { unique } from './support/names.ts'

const post = (job: object) => api.post<Receipt>('/jobs', job)

test('of 200 requests at the same time one writes the job, and 199 get its id', async () => {
  const key = unique('once')
  const job = probeJob({ key, unique: key }, { delaySeconds: 300 })
  const answers = await Promise.all(Array.from({ length: 200 }, () => post(job)))
  const [created, ...more] = answers.filter(({ status }) => status === 202)
  expect(more).toEqual([])
  const id = created?.body.id
  const merged = answers.filter(({ status }) => status === 200)
  expect(merged).toHaveLength(199)
  expect(new Set(merged.map(({ body }) => JSON.stringify(body)))).toEqual(
    new Set([JSON.stringify({ id, type: 'probe', status: 'scheduled', merged: true })]),
  )
  // Its end lets the next request write a job, which runs.
  await api.post(`/jobs/${id}/cancel`)
  const next = await post(probeJob({ key, unique: key }))
  expect(next.status).toBe(202)
  await jobIs(next.body.id, 'succeeded')
  expect((await probe(key)).count).toBe(1)
  expect(await post(probeJob({ key, unique: key }))).toMatchObject({ status: 202 })
})

test('a batch is written without the job that stands, and repeated with the same answer', async () => {
  const [key, other] = [unique('once'), unique('other')]
  const { body: first } = await post(probeJob({ key, unique: key }, { delaySeconds: 300 }))
  const batch = { jobs: [probeJob({ key, unique: key }), probeJob({ key: other })] }
  const headers = { 'idempotency-key': key }
  const posted = await api.post<{ jobs: Receipt[] }>('/job-batches', batch, headers)
  expect(posted).toMatchObject({ status: 202, body: { jobs: [{ id: first.id, merged: true }, { status: 'pending' }] } })
  await jobIs(posted.body.jobs[1]?.id ?? '', 'succeeded')
  await api.post(`/jobs/${first.id}/cancel`)
  expect((await api.post('/job-batches', batch, headers)).body).toEqual(posted.body)
  expect((await probe(other)).count).toBe(1)
})
