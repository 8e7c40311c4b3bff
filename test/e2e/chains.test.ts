import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { withAws } from './support/aws.ts'
import { jobIs } from './support/jobs.ts'
import { unique } from './support/names.ts'
import { itemsWith, outboxItem, putInOutbox } from './support/tables.ts'

const event = (mark: string) => ({ event: 'order.created', at: new Date().toISOString(), data: { mark } })

/** A webhook on a port where nobody listens, so that events cause jobs. */
async function webhook(): Promise<AsyncDisposable> {
  const { body } = await api.post<{ id: string }>('/webhooks', {
    url: 'http://127.0.0.1:9/nobody',
    events: ['order.created'],
  })
  return { [Symbol.asyncDispose]: async () => void (await api.delete(`/webhooks/${body.id}`)) }
}

withAws('a job that causes jobs', () => {
  test('causes them once, each one step further from the request, in the trace of the request', async () => {
    await using _ = await webhook()
    const mark = unique('chain')
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const { body } = await api.post<{ id: string }>(
      '/jobs',
      { type: 'publish-event', payload: event(mark), lane: 'bulk' },
      { traceparent },
    )
    await jobIs(body.id, 'succeeded')
    const items = await itemsWith('outbox', mark)
    const caused = items.filter(({ id }) => id !== body.id)
    expect(caused.length).toBeGreaterThan(0)
    expect(new Set(caused.map(({ payload }) => payload)).size).toBe(caused.length)
    for (const item of items) expect(item.traceparent).toBe(traceparent)
    for (const item of caused) expect(item).toMatchObject({ type: 'deliver-webhook', hops: 1 })
  })

  test('without end is ended by a dead letter that says so, and causes nothing more', async () => {
    await using _ = await webhook()
    const mark = unique('runaway')
    const item = outboxItem(event(mark), { type: 'publish-event', lane: 'bulk', hops: 16 })
    await putInOutbox(item)
    const job = await jobIs(item.id, 'dead')
    expect(job).toMatchObject({ attempts: 1, lastError: expect.stringContaining('chain, which ends at 16') })
    expect(await itemsWith('outbox', mark)).toHaveLength(1)
  })
})

test('an event that nobody wants causes nothing and succeeds', async () => {
  const { body } = await api.post<{ id: string }>('/jobs', { type: 'publish-event', payload: event(unique('chain')) })
  await jobIs(body.id, 'succeeded')
})
