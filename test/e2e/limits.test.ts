/** What happens at the edges of what AWS takes. The table of them is in docs/maintainers/chaos.md. */
import { describe, expect, test } from 'vitest'
import { most } from '../support/most.ts'
import { api, type Problem } from './support/api.ts'
import { withAws } from './support/aws.ts'
import { getJob, type Job, jobIs, jobsAre, postBatch, postJob, probe, probeJob, type Receipt } from './support/jobs.ts'
import { unique } from './support/names.ts'
import { look, messageWith, sendRaw, takeAway } from './support/queues.ts'
import { itemsWith, messageOf } from './support/tables.ts'

const largest = 256 * 1024

/** A body of so many bytes; the payload is the most of it, and comes to the consumer whole. */
function eventOf(bytes: number): string {
  const body = (padding: string) =>
    JSON.stringify({
      type: 'publish-event',
      payload: { event: 'order.created', at: '2026-01-01T00:00:00Z', data: { padding } },
    })
  return body('x'.repeat(bytes - body('').length))
}

test('a hot record: 100 jobs that all add to it are each counted once', async () => {
  const key = unique('hot')
  const ids = await postBatch(Array.from({ length: 100 }, (_, i) => probeJob({ key, label: String(i) })))
  await jobsAre(ids, 'succeeded')
  const { count, labels } = await probe(key)
  expect(count).toBe(100)
  expect(new Set(labels).size).toBe(100)
})

test('a body of 256 KiB is taken and its job runs; one byte more is refused with 413, and nothing is written', async () => {
  const { status, body } = await api.post<Receipt>('/jobs', eventOf(largest))
  expect(status).toBe(202)
  await jobIs(body.id, 'succeeded')
  const refused = await api.post<Problem>('/jobs', eventOf(largest + 1))
  expect(refused.status).toBe(413)
  expect(refused.body.detail).toBe('The body has 262145 bytes; at most 262144 are accepted.')
})

test('jobs that are too large to be sent together, 1 MiB at most, are sent apart', async () => {
  const answers = await Promise.all(Array.from({ length: 9 }, () => api.post<Receipt>('/jobs', eventOf(largest))))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  await jobsAre(
    answers.map(({ body }) => body.id),
    'succeeded',
  )
})

withAws('a message', () => {
  test('that becomes visible while its job still runs waits for the lease, and the job runs once', async () => {
    const key = unique('slow')
    const id = await postJob(probeJob({ key, workMs: 3_000 }, { lane: 'urgent' }))
    await jobIs(id, 'running', { every: 30 })
    // What a queue with too short a visibility timeout does.
    const [item] = await itemsWith('outbox', id)
    await sendRaw('urgent', messageOf(item as Parameters<typeof messageOf>[0]))
    expect(await jobIs(id, 'succeeded')).toMatchObject({ attempts: 1 })
    expect((await probe(key)).count).toBe(1)
  })

  test('that expired in its dead-letter queue takes nothing with it: the job is listed as dead, and replayed from the outbox', async () => {
    const key = unique('expired')
    const id = await postJob(probeJob({ key, permanent: true }, { lane: 'bulk' }))
    const { createdAt, attempts } = await jobIs(id, 'dead')
    await takeAway('bulk-dlq', id)
    expect(await look('bulk-dlq', id)).toBeUndefined()

    const { body } = await api.get<{ deadLetters: { id: string }[] }>(`/dead-letters?type=probe&since=${createdAt}`)
    expect(body.deadLetters.map((letter) => letter.id)).toContain(id)
    expect((await api.post(`/jobs/${id}/replay`)).status).toBe(202)
    // It ran again, and fails as it was told to: with a letter as before.
    await messageWith('bulk-dlq', id)
    await jobIs(id, 'dead')
    expect((await getJob(id)).attempts).toBeGreaterThan(attempts)
  })
})

describe('a rate limit of 20 starts a second', () => {
  test('holds over all consumers, and does not hold up another key', async () => {
    const [limited, other] = [unique('limited'), unique('other')]
    const jobsOf = (limit: string, count: number) =>
      Array.from({ length: count }, (_, n) => probeJob({ key: limit, label: String(n), limit }))
    const ids = [...(await postBatch(jobsOf(limited, 100))), ...(await postBatch(jobsOf(limited, 60)))]
    const others = await postBatch(jobsOf(other, 5))
    await jobsAre(others, 'succeeded')
    await jobsAre(ids, 'succeeded')
    const jobs: Job[] = []
    for (const id of ids) jobs.push(await getJob(id))
    const started = jobs.map(({ startedAt }) => Date.parse(startedAt ?? ''))
    expect(most(started, 1_000)).toBeLessThanOrEqual(24)
    expect(jobs.map(({ attempts }) => attempts)).toEqual(ids.map(() => 1))
  })
})
