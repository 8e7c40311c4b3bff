import { describe, expect, it } from 'vitest'
import buildReport from '../../app/jobs/build-report.ts'
import dailyDigest from '../../app/jobs/daily-digest.ts'
import sendReceipt from '../../app/jobs/send-receipt.ts'
import { dayBefore, daysFrom } from '../../app/lib/days.ts'
import { money } from '../../app/lib/money.ts'
import { orderLists, order as orderRecord } from '../../app/records/order.ts'
import { create } from '../../shared/define/record.ts'
import { contextWith, fakeServices, storeWith } from '../support/app-services.ts'

const valuesOf = (change: Awaited<ReturnType<typeof buildReport.run>>) =>
  (change?.records ?? []).map((write) => ('value' in write ? write.value : write))

const order = (day: string, id: string, total: number, currency = 'EUR') =>
  create(orderRecord, {
    id,
    email: 'ann@example.com',
    items: [{ sku: 'mug', quantity: 1, unitPrice: total }],
    currency,
    total,
    createdAt: `${day}T23:59:59.999Z`,
    jobs: [],
  })
const orders = [
  ...Array.from({ length: 40 }, (_, n) => order('2026-11-05', `a${n}`, 1_000)),
  order('2026-11-05', 'yen', 500, 'JPY'),
  order('2026-11-04', 'before', 1),
  order('2026-11-06', 'after', 2),
]

describe('the orders of a day', () => {
  it('are spread over lists, and each order says in which it stands', async () => {
    const store = await storeWith(Array.from({ length: 50 }, (_, n) => order('2026-11-05', `a${n}`, 1)))
    const lists = new Set(store.items('records').map(({ _listed }) => _listed))
    expect([...lists].sort()).toEqual(orderLists('2026-11-05'))
    expect(lists.size).toBe(4)
  })
})

describe('build-report', () => {
  const run = async (from: string, to: string) => {
    const services = fakeServices(await storeWith(orders))
    return valuesOf(await buildReport.run({ from, to }, contextWith(services, { jobId: 'job-7' })))
  }

  it('adds up days, both ends included, per currency, under the id of the job', async () => {
    expect(await run('2026-11-04', '2026-11-05')).toEqual([
      {
        id: 'job-7',
        from: '2026-11-04',
        to: '2026-11-05',
        orders: 42,
        totals: [
          { currency: 'EUR', orders: 41, total: 40_001 },
          { currency: 'JPY', orders: 1, total: 500 },
        ],
        createdAt: '2026-11-06T00:00:30.000Z',
      },
    ])
  })

  it('reports days without orders', async () => {
    expect(await run('2025-01-01', '2025-12-31')).toMatchObject([{ orders: 0, totals: [] }])
  })

  it('ends when its time is over', async () => {
    const services = fakeServices(await storeWith(orders))
    const signal = AbortSignal.abort(new Error('too long'))
    const context = contextWith(services, { signal })
    await expect(buildReport.run({ from: '2026-11-04', to: '2026-11-05' }, context)).rejects.toThrow('too long')
  })

  it.each([
    [{ from: '2026-11-05', to: '2026-11-04' }],
    [{ from: '2026-02-30', to: '2026-03-01' }],
    [{ from: '2025-01-01', to: '2026-01-02' }],
  ])('refuses %j', (payload) => {
    expect(buildReport.schema.safeParse(payload).success).toBe(false)
  })
})

describe('daily-digest', () => {
  it('counts the day before its scheduled time, also in an attempt on a later day', async () => {
    const services = fakeServices(await storeWith(orders))
    const payload = { to: 'boss@example.com', at: '2026-11-06T00:05:00.000Z' }
    await dailyDigest.run(payload, contextWith(services, { now: new Date('2026-11-08T09:00:00.000Z') }))
    expect(services.mails).toMatchObject([{ to: 'boss@example.com', subject: 'Orders of 2026-11-05: 41' }])
    expect(services.mails[0]?.text).toBe(
      'Orders of 2026-11-05 (UTC): 41\n\n400.00 EUR, orders: 40\n500 JPY, orders: 1\n',
    )
  })

  it('reads a scheduled time with an offset', () => {
    expect(dayBefore(new Date('2026-11-06T00:30:00+01:00'))).toBe('2026-11-04')
  })
})

describe('send-receipt', () => {
  it('mails the total under the effect key', async () => {
    const services = fakeServices()
    await sendReceipt.run(
      { orderId: 'o1', email: 'a@example.com', total: 1749, currency: 'EUR' },
      contextWith(services, { effectKey: 'k' }),
    )
    expect(services.mails).toMatchObject([{ to: 'a@example.com', idempotencyKey: 'k' }])
    expect(services.mails[0]?.text).toContain('Total: 17.49 EUR')
  })
})

describe('days and amounts', () => {
  it('lists days over the ends of months and years', () => {
    expect(daysFrom('2027-12-31', '2028-01-01')).toEqual(['2027-12-31', '2028-01-01'])
    expect(daysFrom('2028-02-28', '2028-03-01')).toHaveLength(3)
    expect(daysFrom('2026-01-01', '2026-01-01')).toEqual(['2026-01-01'])
    expect(daysFrom('2026-01-02', '2026-01-01')).toEqual([])
  })

  it.each([
    [1230, 'EUR', '12.30 EUR'],
    [5, 'USD', '0.05 USD'],
    [1230, 'JPY', '1230 JPY'],
    [1230, 'KWD', '1.230 KWD'],
    [1230, 'QQQ', '12.30 QQQ'],
    [1230, 'no currency', '12.30 no currency'],
  ])('%i of %s is %s', (minor, currency, text) => {
    expect(money(minor, currency)).toBe(text)
  })
})
