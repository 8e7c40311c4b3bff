import { expect, test } from 'vitest'
import type { Schedule } from '../../functions/api/routes/schedules/schemas.ts'
import { api } from './support/api.ts'
import { invoke, withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, postJob } from './support/jobs.ts'
import { firstMailTo, mailsTo } from './support/mails.ts'
import { address } from './support/names.ts'
import { itemsWith } from './support/tables.ts'

test('schedules are listed with what they do and when they come next', async () => {
  const { status, body } = await api.get<{ schedules: Schedule[] }>('/schedules')
  expect(status).toBe(200)
  const digest = body.schedules.find(({ name }) => name === 'daily-digest')
  expect(digest).toEqual({
    name: 'daily-digest',
    expression: 'cron(0 6 * * ? *)',
    timezone: 'UTC',
    type: 'daily-digest',
    next: expect.stringMatching(/T06:00:00\.000Z$/),
  })
  const wait = Date.parse(digest?.next ?? '') - Date.now()
  expect(wait).toBeGreaterThan(0)
  expect(wait).toBeLessThanOrEqual(86_400_000)
})

withAws('a scheduled run', () => {
  test('is one job and one mail, however often it is delivered', async () => {
    const day = String(1000 + Math.floor(Math.random() * 1000))
    const at = `${day}-06-01T06:00:00Z`
    await Promise.all(Array.from({ length: 5 }, () => invoke('schedule', { schedule: 'daily-digest', at })))
    await invoke('schedule', { schedule: 'daily-digest', at })
    const subject = `Orders of ${day}-05-31: 0`
    const digests = async () => (await mailsTo('shop@example.com')).filter(({ Subject }) => Subject === subject)
    await eventually('the digest', digests, (mails) => mails.length > 0)
    const items = (await itemsWith('outbox', new Date(at).toISOString())).filter(({ type }) => type === 'daily-digest')
    expect(items).toHaveLength(1)
    await jobIs(String(items[0]?.id), 'succeeded')
    expect(await digests()).toHaveLength(1)
  })
})

withAws('the daily digest', () => {
  test('counts the orders of the day before', async () => {
    const to = address('shop')
    const tomorrow = new Date(Date.now() + 86_400_000)
    await api.post('/orders', { email: address(), items: [{ sku: 'tea', quantity: 1, unitPrice: 100 }] })
    await postJob({ type: 'daily-digest', payload: { to, at: tomorrow.toISOString() } })
    const { Subject } = await firstMailTo(to)
    expect(Number(/: (\d+)$/.exec(Subject)?.[1])).toBeGreaterThan(0)
  })
})
