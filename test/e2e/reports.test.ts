import { expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { jobIs, postJob } from './support/jobs.ts'
import { address } from './support/names.ts'
import { newOrder } from './support/orders.ts'

interface Report {
  readonly id: string
  readonly orders: number
  readonly totals: readonly { currency: string; orders: number; total: number }[]
}

const today = () => new Date().toISOString().slice(0, 10)
const report = async (from: string, to: string) => {
  const id = await postJob({ type: 'build-report', payload: { from, to } })
  await jobIs(id, 'succeeded')
  return (await api.get<Report>(`/reports/${id}`)).body
}

test('a report adds up the orders of its days, and is found under the id of its job', async () => {
  const from = today()
  // A currency that no other test pays with.
  const currency = 'XTS'
  const sum = async () => (await report(from, today())).totals.find((one) => one.currency === currency)
  const before = (await sum()) ?? { orders: 0, total: 0 }
  for (let n = 0; n < 3; n++) await api.post('/orders', { ...newOrder(address()), currency })
  expect(await sum()).toEqual({ currency, orders: before.orders + 3, total: before.total + 3 * 2100 })
})

test('a report of days without orders is empty', async () => {
  expect(await report('2001-01-01', '2001-03-31')).toMatchObject({ orders: 0, totals: [] })
})

test('a report that is not built yet is 404, which names the job', async () => {
  const { status, body } = await api.get<Problem>('/reports/none')
  expect(status).toBe(404)
  expect(body.detail).toContain('GET /jobs/none')
})

test.each([
  ['the wrong way round', { from: '2024-02-01', to: '2024-01-01' }, 'payload.to'],
  ['of more than a year', { from: '2020-01-01', to: '2024-01-01' }, 'payload.to'],
  ['of a day that is none', { from: '2024-02-30', to: '2024-03-01' }, 'payload.from'],
])('a report %s is refused', async (_, payload, path) => {
  const { status, body } = await api.post<Problem>('/jobs', { type: 'build-report', payload })
  expect(status).toBe(422)
  expect(body.errors?.[0]?.path).toBe(path)
})
