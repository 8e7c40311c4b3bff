/** Jobs that kill their process. On a stack of its own: whoever shares the process loses an attempt and some seconds. */
import { expect, test } from 'vitest'
import { type Api, apiAt } from './support/api.ts'
import { jobIs, jobsAre, type Probe, postBatch, postJob, probeJob } from './support/jobs.ts'
import { ownStack } from './support/own-stack.ts'

const probe = async (api: Api, key: string) => (await api.get<Probe>(`/probes/${key}`)).body

test('a job that kills its process, and its neighbours in the batch, run again when the lease is over; each effect happens once', async () => {
  await using own = await ownStack()
  const api = apiAt((await own.start()).apiUrl)
  const alone = await postJob(probeJob({ key: 'alone', crashAttempts: 1 }, { lane: 'urgent' }), api)
  const batch = Array.from({ length: 10 }, (_, i) =>
    probeJob(i === 4 ? { key: 'crashes', crashAttempts: 1 } : { key: 'near', label: String(i), workMs: 50 }),
  )
  const ids = await postBatch(batch, api)

  expect((await jobIs(alone, 'succeeded', {}, api)).attempts).toBe(2)
  expect((await probe(api, 'alone')).count).toBe(1)
  const jobs = await jobsAre(ids, 'succeeded', {}, api)
  expect(jobs[4]?.attempts).toBe(2)
  expect((await probe(api, 'crashes')).count).toBe(1)
  expect((await probe(api, 'near')).labels.toSorted()).toEqual(['0', '1', '2', '3', '5', '6', '7', '8', '9'])
})
