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

test('a debounced job that is asked for 50 times runs once, with the last payload', async () => {
  const key = unique('last')
  const ask = (n: number) => post({ type: 'probe-last', payload: { key, label: String(n) } })
  const first = await ask(0)
  expect(first).toMatchObject({ status: 202, body: { status: 'scheduled' } })
  const ids = new Set<string>()
  for (let n = 1; n < 50; n++) ids.add((await ask(n)).body.id)
  const last = [...ids].at(-1) ?? ''
  expect(await jobIs(last, 'succeeded')).toMatchObject({ payload: { label: '49' } })
  // A slow machine may leave more than the time of the debounce between two requests: then one more ran before.
  expect([...ids].length).toBeLessThan(4)
  expect((await probe(key)).labels.at(-1)).toBe('49')
  if (ids.size === 1) expect(await probe(key)).toEqual({ key, count: 1, labels: ['49'] })
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
