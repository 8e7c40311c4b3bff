/** Jobs that kill their process, on a stack of their own. */
import { expect, test } from 'vitest'
import { type Api, apiAt } from './support/api.ts'
import { jobIs, jobsAre, type Probe, postBatch, postJob, probeJob } from './support/jobs.ts'
import { ownStack } from './support/own-stack.ts'

const probe = async (api: Api, key: string) => (await api.get<Probe>(`/probes/${key}`)).body

test('a job that kills its process runs again when the lease is over; its neighbours in the batch lose no attempt that counts', async () => {
  await using own = await ownStack()
  const api = apiAt((await own.start()).apiUrl)
  const once = await postJob(probeJob({ key: 'once', crashAttempts: 1 }, { lane: 'urgent' }), api)
  const batch = Array.from({ length: 10 }, (_, i) =>
    probeJob(i === 4 ? { key: 'culprit', crashAttempts: 100 } : { key: 'neighbour', label: String(i), workMs: 50 }),
  )
  const ids = await postBatch(batch, api)

  expect((await jobIs(once, 'succeeded', {}, api)).attempts).toBe(2)
  expect((await probe(api, 'once')).count).toBe(1)
  const neighbours = await jobsAre(ids.toSpliced(4, 1), 'succeeded', {}, api)
  // The crash that they shared, and the attempt that they got back for it.
  for (const { attempts, maxAttempts } of neighbours) expect(maxAttempts - attempts).toBe(4)
  expect((await probe(api, 'neighbour')).labels.toSorted()).toEqual(['0', '1', '2', '3', '5', '6', '7', '8', '9'])
  expect((await probe(api, 'culprit')).count).toBe(0)
})
