import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { jobIs, jobsAre, postBatch, probe, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

const races = 300
const perKey = 10
/** Requests at a time: more would only wait for each other. */
const cancellers = 20
/** When all jobs start, in seconds after they were posted. */
const start = 4

/**
 * The jobs start together, and are cancelled one by one around that time: so the first are cancelled for sure, however fast
 * the stack is, and those in the middle while they start. The last is cancelled when it has run, however slow the stack is.
 */
test('a job that is cancelled while it starts is cancelled or runs, never both and never neither', async () => {
  const run = unique('race')
  const keyOf = (i: number) => `${run}-${Math.floor(i / perKey)}`
  const runAt = new Date(Date.now() + start * 1000).toISOString()
  const jobs = Array.from({ length: races }, (_, i) => probeJob({ key: keyOf(i), label: String(i) }, { runAt }))
  const batches = Array.from({ length: races / 50 }, (_, i) => postBatch(jobs.slice(i * 50, (i + 1) * 50)))
  const ids = (await Promise.all(batches)).flat()
  const last = races - 1
  const timeOf = (i: number) => Date.parse(runAt) + (i / races - 0.4) * start * 1000

  const cancel = async (id: string, i: number): Promise<number> => {
    if (i === last) await jobIs(id, 'succeeded')
    else await sleep(Math.max(0, timeOf(i) - Date.now()))
    return (await api.post(`/jobs/${id}/cancel`)).status
  }
  const statuses: number[] = []
  const queue = ids.entries()
  const canceller = async () => {
    for (const [i, id] of queue) statuses[i] = await cancel(id, i)
  }
  await Promise.all(Array.from({ length: cancellers }, canceller))
  for (const status of statuses) expect([200, 409]).toContain(status)

  const ends = await jobsAre(ids, ['succeeded', 'cancelled'])
  const keys = Array.from({ length: races / perKey }, (_, i) => probe(keyOf(i * perKey)))
  const ran = (await Promise.all(keys)).flatMap(({ labels }) => labels)
  expect(new Set(ran).size).toBe(ran.length)
  for (const [i, status] of statuses.entries()) {
    const cancelled = status === 200
    expect({ i, status: ends[i]?.status, ran: ran.includes(String(i)) }).toEqual({
      i,
      status: cancelled ? 'cancelled' : 'succeeded',
      ran: !cancelled,
    })
  }
  // It was a race: both sides won some.
  expect(ran.length).toBeGreaterThan(0)
  expect(ran.length).toBeLessThan(races)
})
