import { expect, test } from 'vitest'
import { getJob, jobIs, jobsAre, postBatch, postJob, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

/** From the request to its end, as the job itself tells. ms. */
async function urgentJob(): Promise<number> {
  const id = await postJob(probeJob({ key: unique('urgent') }, { lane: 'urgent' }))
  const { createdAt, finishedAt = '' } = await jobIs(id, 'succeeded', { every: 30 })
  return Date.parse(finishedAt) - Date.parse(createdAt)
}

test('500 jobs of 200 ms on the bulk lane do not hold up an urgent one', async () => {
  // The first starts the consumer.
  await urgentJob()
  const idle = await urgentJob()
  const key = unique('bulk')
  const job = (_: unknown, i: number) => probeJob({ key: `${key}-${i % 50}`, workMs: 200 }, { lane: 'bulk' })
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push(...(await postBatch(Array.from({ length: 100 }, job))))

  const busy = await urgentJob()
  const last = await getJob(ids.at(-1) ?? '')
  expect(busy).toBeLessThan(idle + 2_000)
  // There was something to be held up by.
  expect(['pending', 'running']).toContain(last.status)
  await jobsAre(ids, 'succeeded', { within: 100_000 })
})

test('the backlog of one tenant does not hold up another', async () => {
  const key = unique('tenants')
  const many = Array.from({ length: 100 }, (_, i) =>
    probeJob({ key: `${key}-${i % 20}`, workMs: 100 }, { lane: 'bulk', tenant: 'loud' }),
  )
  const loud = await postBatch(many)
  const quiet = await postJob(probeJob({ key }, { lane: 'bulk', tenant: 'quiet' }))
  await jobIs(quiet, 'succeeded')
  await jobsAre(loud, 'succeeded')
})
