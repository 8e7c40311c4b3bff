import { expect, test } from 'vitest'
import { type Job, jobIs, jobsAre, postBatch, postJob, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

/** Done by then. ISO 8601 UTC compares as text. */
const endedBy = (jobs: readonly Job[], at: string) => jobs.filter(({ finishedAt = '' }) => finishedAt <= at).length

test('500 jobs of 200 ms on the bulk lane do not hold up an urgent one', async () => {
  const urgent = () => postJob(probeJob({ key: unique('urgent') }, { lane: 'urgent' }))
  // Starts the consumer.
  await jobIs(await urgent(), 'succeeded')
  const key = unique('bulk')
  const job = (_: unknown, i: number) => probeJob({ key: `${key}-${i % 50}`, workMs: 200 }, { lane: 'bulk' })
  const batches = Array.from({ length: 5 }, () => postBatch(Array.from({ length: 100 }, job)))
  const ids = (await Promise.all(batches)).flat()

  const { createdAt, finishedAt = '' } = await jobIs(await urgent(), 'succeeded')
  const bulk = await jobsAre(ids, 'succeeded', { within: 100_000 })
  const before = endedBy(bulk, createdAt)
  const meanwhile = endedBy(bulk, finishedAt) - before
  // Of what was in its way, it overtook the most.
  expect(meanwhile).toBeLessThan((ids.length - before) / 2)
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
