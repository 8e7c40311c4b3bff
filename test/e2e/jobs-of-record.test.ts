import { expect, test } from 'vitest'
import type { JobDetail } from '../../functions/api/routes/jobs/schemas.ts'
import { api, type Problem } from './support/api.ts'
import { type Job, jobsAre } from './support/jobs.ts'
import { placeOrder } from './support/orders.ts'

const jobsOf = (record: string) => api.get<{ jobs: Job[] } & Problem>(`/jobs?record=${encodeURIComponent(record)}`)

test('the jobs of an order are found by it, done or not, and each leads back to it', async () => {
  const order = await placeOrder()
  const ids = order.jobs.map(({ id }) => id)
  await jobsAre(ids, 'succeeded')
  const { status, body } = await jobsOf(`order/${order.id}`)
  expect(status).toBe(200)
  expect(body.jobs.map(({ id, status }) => [id, status])).toEqual(ids.map((id) => [id, 'succeeded']))
  const job = (await api.get<JobDetail>(`/jobs/${ids[0]}`)).body
  expect(job.record).toEqual({ kind: 'order', id: order.id, path: `/orders/${order.id}` })
  expect(job.links?.record).toBe(`/orders/${order.id}`)
})

test('a job says which trace it belongs to', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` }
  const { body } = await api.post<Job>('/jobs', { type: 'probe', payload: { key: trace } }, headers)
  expect((await api.get<JobDetail>(`/jobs/${body.id}`)).body.traceId).toBe(trace)
})

test('a record that is not there, or of a kind that names no jobs, is said to be', async () => {
  expect(await jobsOf('order/unknown')).toMatchObject({ status: 404, body: { detail: 'There is no order "unknown".' } })
  const { status, body } = await jobsOf('invoice/1')
  expect(status).toBe(422)
  expect(body.errors).toEqual([{ path: 'record', message: 'must be one of order/<id>, user/<id>' }])
})
