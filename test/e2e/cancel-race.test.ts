import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { jobsAre, postBatch, probe, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

const races = 300
const perKey = 10

/** Every job is told to start and to end at about the same moment. */
test('a job that is cancelled while it starts is cancelled or runs, never both and never neither', async () => {
  const run = unique('race')
  const keyOf = (i: number) => `${run}-${Math.floor(i / perKey)}`
  const jobs = Array.from({ length: races }, (_, i) => probeJob({ key: keyOf(i), label: String(i) }))
  const outcomes: { id: string; label: string; cancelled: boolean }[] = []
  for (let first = 0; first < races; first += 50) {
    const ids = await postBatch(jobs.slice(first, first + 50))
    const answers = await Promise.all(ids.map((id) => api.post(`/jobs/${id}/cancel`)))
    for (const [i, { status }] of answers.entries()) {
      expect([200, 409]).toContain(status)
      outcomes.push({ id: ids[i] ?? '', label: String(first + i), cancelled: status === 200 })
    }
  }

  const ends = await jobsAre(
    outcomes.map(({ id }) => id),
    ['succeeded', 'cancelled'],
  )
  const keys = Array.from({ length: races / perKey }, (_, i) => probe(keyOf(i * perKey)))
  const ran = (await Promise.all(keys)).flatMap(({ labels }) => labels)
  expect(new Set(ran).size).toBe(ran.length)
  for (const [i, { label, cancelled }] of outcomes.entries()) {
    expect({ label, status: ends[i]?.status, ran: ran.includes(label) }).toEqual({
      label,
      status: cancelled ? 'cancelled' : 'succeeded',
      ran: !cancelled,
    })
  }
  // It was a race: both sides won some.
  expect(ran.length).toBeGreaterThan(0)
  expect(ran.length).toBeLessThan(races)
})
