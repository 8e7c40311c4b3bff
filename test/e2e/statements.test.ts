import { expect, test } from 'vitest'
import type { Batch } from '../../functions/api/routes/batches/schemas.ts'
import { api } from './support/api.ts'
import { awsUrl, breakDown, type FaultRule, fix } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { jobIs } from './support/jobs.ts'
import { mailsTo } from './support/mails.ts'
import { address } from './support/names.ts'
import { newOrder, type Order } from './support/orders.ts'

/** A currency that most likely no other run of this test has paid with. */
const currency = Array.from({ length: 3 }, () => String.fromCharCode(65 + Math.random() * 26)).join('')

const createUser = async (email: string) =>
  (await api.post<{ id: string }>('/users', { email, fullName: 'Ann' })).body.id
/** More users than one job adds, so that there are two pages. */
async function createUsers(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 10)
    await Promise.all(Array.from({ length: Math.min(left, 10) }, () => createUser(address('statement'))))
}
const placeOrder = async (email: string) => (await api.post<Order>('/orders', { ...newOrder(email), currency })).body
const batch = async (id: string) => (await api.get<Batch>(`/batches/${id}`)).body

/** Calls of DynamoDB for a batch, of which some fail before they do anything, and some are throttled. */
const faultsOf = (id: string): FaultRule[] => [
  { service: 'dynamodb', match: id, probability: 0.1, error: { statusCode: 500, code: 'InternalServerError' } },
  { service: 'dynamodb', match: id, probability: 0.1, error: { statusCode: 400, code: 'ThrottlingException' } },
]

test('the statements of a month are made for each user, and one summary has their totals, also under faults', async () => {
  const emails = Array.from({ length: 4 }, () => address('statement'))
  const orders = await Promise.all(emails.flatMap((email, n) => Array.from({ length: n }, () => placeOrder(email))))
  const users = await Promise.all(emails.map(createUser))
  await createUsers(88)
  const month = orders[0]?.createdAt.slice(0, 7) ?? ''
  const to = address('summary')

  const { status, body } = await api.post<{ id: string }>('/statements', { month, to })
  expect(status).toBe(202)
  const faults = awsUrl === '' ? [] : faultsOf(body.id)
  for (const fault of faults) await breakDown(fault)
  const finished = await eventually(
    'the batch of the statements has finished',
    () => batch(body.id),
    ({ finishedAt }) => finishedAt !== undefined,
  ).finally(async () => {
    for (const fault of faults) await fix(fault)
  })

  expect(finished).toMatchObject({ status: 'succeeded', pending: 0, succeeded: finished.total })
  expect(finished.total).toBeGreaterThanOrEqual(92)
  const [summary] = finished.callbacks
  expect(finished.callbacks).toMatchObject([{ event: 'finished', type: 'mail-statement-summary' }])
  await jobIs(summary?.id ?? '', 'succeeded')
  const mails = await mailsTo(to)
  expect(mails.map(({ Subject }) => Subject)).toEqual([
    `Statements of ${month}: ${finished.total} of ${finished.total}`,
  ])
  expect(mails[0]?.Body.text_part).toContain(`${6 * 21}.00 ${currency}, orders: 6\n`)

  for (const [n, id] of users.entries()) {
    const { body: statement } = await api.get(`/users/${id}/statements/${month}`)
    const totals = n === 0 ? [] : [{ currency, orders: n, total: n * 2100 }]
    expect(statement).toMatchObject({ userId: id, month, orders: n, totals })
  }
})

test('a month that is not one, and a statement that was not made, are refused', async () => {
  const { status } = await api.post('/statements', { month: '2026-13', to: address('summary') })
  expect(status).toBe(422)
  expect((await api.get('/users/none/statements/2001-01')).status).toBe(404)
})
