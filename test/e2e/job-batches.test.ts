import { expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { jobIs, jobsAre, postBatch, postJob, probe, probeCounts, probeJob, type Receipt } from './support/jobs.ts'
import { unique } from './support/names.ts'

const batch = (key: string, count: number) =>
  Array.from({ length: count }, (_, i) => probeJob({ key: `${key}-${i % 10}`, label: String(i) }))

test('a batch of one is answered with 202 and its job', async () => {
  const { status, body } = await api.post<{ jobs: Receipt[] }>('/job-batches', { jobs: batch(unique('one'), 1) })
  expect(status).toBe(202)
  expect(body.jobs).toEqual([{ id: expect.any(String), type: 'probe', status: 'pending' }])
  await jobIs(body.jobs[0]?.id ?? '', 'succeeded')
})

test('a batch of 100 is 100 jobs, and each runs once', async () => {
  const key = unique('hundred')
  const ids = await postBatch(batch(key, 100))
  expect(new Set(ids).size).toBe(100)
  await jobsAre(ids, 'succeeded')
  const done = await Promise.all(Array.from({ length: 10 }, (_, i) => probeCounts(`${key}-${i}`, 10)))
  const labels = done.flatMap((probe) => probe.labels).map(Number)
  expect(labels.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
})

test('a batch mixes types and lanes', async () => {
  const key = unique('mixed')
  const ids = await postBatch([
    probeJob({ key }, { lane: 'urgent' }),
    probeJob({ key }, { lane: 'ordered', group: key }),
    { type: 'build-report', payload: { from: '2024-01-01', to: '2024-01-01' } },
  ])
  const jobs = await jobsAre(ids, 'succeeded')
  expect(jobs.map(({ lane }) => lane)).toEqual(['urgent', 'ordered', 'bulk'])
})

test.each([0, 101])('a batch of %d is refused', async (count) => {
  const { status, body } = await api.post<Problem>('/job-batches', { jobs: batch(unique('wrong'), count) })
  expect(status).toBe(422)
  expect(body.errors?.map(({ path }) => path)).toEqual(['jobs'])
})

test('a batch with one bad job is refused as a whole, and told which it is', async () => {
  const key = unique('bad')
  const jobs: object[] = batch(key, 100)
  jobs[57] = probeJob({ key: '' })
  const { status, body } = await api.post<Problem>('/job-batches', { jobs })
  expect(status).toBe(422)
  expect(body.errors?.map(({ path }) => path)).toEqual(['jobs.57.payload.key'])
  // Whatever was on its way to the lane before this job is through.
  await jobIs(await postJob(probeJob({ key: unique('after') })), 'succeeded')
  const counts = await Promise.all(Array.from({ length: 10 }, async (_, i) => (await probe(`${key}-${i}`)).count))
  expect(counts).toEqual(Array.from({ length: 10 }, () => 0))
})
