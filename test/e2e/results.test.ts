/** What a job tells of itself: its progress while it runs, and its result when it has ended. */
import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { getJob, type Job, jobIs, postJob, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

test('a job shows its progress while it runs; who waits for it gets its result when it ends', async () => {
  const result = { rows: 3, parts: ['a', null] }
  const id = await postJob(probeJob({ key: unique('result'), workMs: 3_000, progress: [25, 50, 75], result }))
  const running = await eventually(
    'a job that shows its progress',
    () => getJob(id),
    ({ progress }) => !!progress,
  )
  expect(running).toMatchObject({
    status: 'running',
    progress: { percent: expect.any(Number), at: expect.any(String) },
  })
  expect([25, 50, 75]).toContain(running.progress?.percent)
  const { status, body } = await api.get<Job>(`/jobs/${encodeURIComponent(id)}?wait=20`)
  expect([status, body.status, body.result], body.lastError).toEqual([200, 'succeeded', result])
  expect(body).not.toHaveProperty('progress')
})

test('a result that cannot be stored is refused once, and its job is dead with the reason', async () => {
  const id = await postJob(probeJob({ key: unique('result'), result: 'x'.repeat(5_000) }))
  const job = await jobIs(id, 'dead')
  expect(job.attempts).toBe(1)
  expect(job.lastError).toBe(
    'ChangeRefusedError: the result of "probe" has 5002 bytes of JSON, and at most 4096 fit: return what is needed of it, or write a record and return its id',
  )
  expect(job).not.toHaveProperty('result')
})

test('a wait that is too long, or no number, is refused', async () => {
  const id = await postJob(probeJob({ key: unique('result') }))
  for (const wait of ['21', 'long']) {
    const { status } = await api.get(`/jobs/${encodeURIComponent(id)}?wait=${wait}`)
    expect(status).toBe(422)
  }
})
