import { describe, expect, test } from 'vitest'
import { jobIs, jobsAre, postBatch, postJob, probe, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

describe.concurrent('a job', () => {
  test('that fails twice runs a third time, and its effect happens once', async ({ expect }) => {
    const key = unique('fails')
    const id = await postJob(probeJob({ key, failAttempts: 2 }))
    const job = await jobIs(id, 'succeeded')
    expect(job.attempts).toBe(3)
    expect(job.lastError).toContain('told to fail on attempt 2')
    expect((await probe(key)).count).toBe(1)
  })

  test('that hangs once is ended by its time limit and runs again', async ({ expect }) => {
    const key = unique('hangs')
    const id = await postJob(probeJob({ key, hangAttempts: 1 }))
    const job = await jobIs(id, 'succeeded')
    expect(job.attempts).toBe(2)
    expect(job.lastError).toContain('TimeLimit')
    expect((await probe(key)).count).toBe(1)
  })

  test('that fails for good is dead at once, without an effect', async ({ expect }) => {
    const key = unique('permanent')
    const id = await postJob(probeJob({ key, permanent: true }, { lane: 'urgent' }))
    const job = await jobIs(id, 'dead')
    expect(job).toMatchObject({ attempts: 1, lastError: expect.stringContaining('told to fail for good') })
    expect((await probe(key)).count).toBe(0)
  })

  test('that fails on every attempt is dead after the last', async ({ expect }) => {
    const key = unique('hopeless')
    const id = await postJob(probeJob({ key, failAttempts: 5 }, { lane: 'urgent' }))
    const job = await jobIs(id, 'dead')
    expect(job).toMatchObject({ attempts: 5, maxAttempts: 5 })
    expect((await probe(key)).count).toBe(0)
  })
})

describe('200 probes on 20 keys', () => {
  test('are counted exactly, each of them once', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `${unique('counted')}-${i}`)
    const jobs = keys.flatMap((key) => Array.from({ length: 10 }, (_, i) => probeJob({ key, label: String(i) })))
    const ids = [...(await postBatch(jobs.slice(0, 100))), ...(await postBatch(jobs.slice(100)))]
    expect(new Set(ids).size).toBe(200)
    await jobsAre(ids, 'succeeded')
    for (const { count, labels } of await Promise.all(keys.map(probe))) {
      expect(count).toBe(10)
      expect(labels.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    }
  })
})

test('a key without an effect counts nothing', async () => {
  const key = unique('never')
  expect(await probe(key)).toEqual({ key, count: 0, labels: [] })
})
