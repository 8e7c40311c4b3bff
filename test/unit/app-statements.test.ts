import { describe, expect, it } from 'vitest'
import application from '../../app/application.ts'
import addStatements from '../../app/jobs/add-statements.ts'
import mailStatementSummary from '../../app/jobs/mail-statement-summary.ts'
import makeStatement from '../../app/jobs/make-statement.ts'
import monthlyStatements from '../../app/jobs/monthly-statements.ts'
import sealStatements from '../../app/jobs/seal-statements.ts'
import { daysOf, month, monthBefore } from '../../app/lib/days.ts'
import { order as orderRecord } from '../../app/records/order.ts'
import { user as userRecord } from '../../app/records/user.ts'
import { registryOf } from '../../shared/define/application.ts'
import type { BatchRequest } from '../../shared/define/batch.ts'
import type { JobChange, JobContext, JobType } from '../../shared/define/job-type.ts'
import { create } from '../../shared/define/record.ts'
import type { RecordReader } from '../../shared/define/services.ts'
import { completeWrite } from '../../shared/execution/effect/end-writes.ts'
import { plan } from '../../shared/outbox/plan.ts'
import { contextWith, fakeServices, storeWith } from '../support/app-services.ts'
import { simIds } from '../support/random.ts'

const batchId = '0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a'
const to = 'office@example.com'

const user = (id: string, email = `${id}@example.com`) =>
  create(userRecord, { id, email, fullName: id, createdAt: '2026-01-01T00:00:00.000Z', jobs: [] })
const order = (id: string, email: string, day: string, total: number, currency = 'EUR') =>
  create(orderRecord, {
    id,
    email,
    items: [{ sku: 'mug', quantity: 1, unitPrice: total }],
    currency,
    total,
    createdAt: `${day}T23:59:59.999Z`,
    jobs: [],
  })

const run = async (job: JobType, payload: unknown, context: JobContext) =>
  ((await job.run(job.schema.parse(payload), context)) ?? {}) as JobChange
const jobsOf = (batch: BatchRequest | undefined) => (batch && 'jobs' in batch ? (batch.jobs ?? []) : [])
const payloadsOf = (batch: BatchRequest | undefined) => jobsOf(batch).map(({ payload }) => payload)
/** The next page of users, a hundred thousand times. */
const endless = { list: async () => ({ values: [{ id: 'ann' }], next: 'ann' }) } as unknown as RecordReader

/** Throws if the change of a job is refused. */
function planned(change: JobChange): number {
  const now = new Date('2026-12-01T05:00:00.000Z')
  const registry = registryOf(application, { probes: false })
  const completion = completeWrite({ jobId: batchId, owner: 'one', now, expiresAt: 1 })
  const origin = { now, hops: 1, outboxLifetime: 1 }
  const seats = new Map([[0, { shard: 7, request: 1 }]])
  return plan(change, batchId, { origin, registry, ids: simIds(), completion, seats }).jobs.length
}

describe('monthly-statements', () => {
  const users = Array.from({ length: 200 }, (_, n) => user(`u${1000 + n}`))
  const start = async (services = fakeServices()) =>
    run(monthlyStatements, { month: '2026-11', to }, contextWith(services, { jobId: batchId }))

  it('opens a batch with its own id, and creates a batch of pages with each user once', async () => {
    const change = await start(fakeServices(await storeWith(users)))
    const [statements, pages] = change.batches ?? []
    expect(statements).toMatchObject({ kind: 'create', id: batchId, open: true, onFinished: { payload: { to } } })
    expect(pages).toMatchObject({ kind: 'create', onSucceeded: { payload: { statements: batchId } } })
    const found = payloadsOf(pages) as { users: string[]; statements: string }[]
    expect(found.map(({ users }) => users.length)).toEqual([90, 90, 20])
    expect(new Set(found.flatMap(({ users }) => users)).size).toBe(200)
    expect(found.every(({ statements }) => statements === batchId)).toBe(true)
    expect(planned(change)).toBe(3)
  })

  it('creates one empty page for a shop without users, so that the summary comes', async () => {
    const [, pages] = (await start()).batches ?? []
    expect(payloadsOf(pages)).toMatchObject([{ users: [] }])
  })

  it('has room for 90 pages in one change, and fails permanently above that', async () => {
    let left = 90
    const full = { list: async () => ({ values: [{ id: 'ann' }], next: --left > 0 ? 'ann' : undefined }) }
    const services = { ...fakeServices(), records: full as unknown as RecordReader }
    expect(planned(await start(services))).toBe(90)
    await expect(start({ ...fakeServices(), records: endless })).rejects.toThrow('more than 8100 users')
  })

  it('reports the pages that it has found', async () => {
    const reports: object[] = []
    const services = fakeServices(await storeWith(users))
    const context = contextWith(services, { jobId: batchId, progress: (report) => reports.push(report) })
    await run(monthlyStatements, { month: '2026-11', to }, context)
    expect(reports).toEqual([1, 2, 3].map((n) => ({ message: `${n} pages of users` })))
  })
})

describe('add-statements', () => {
  it('adds a statement for each user that is still there, with the orders of the month alone', async () => {
    const store = await storeWith([
      user('ann', 'Ann@example.com'),
      user('ben'),
      order('o1', 'ann@example.com', '2026-11-01', 100),
      order('o2', 'ANN@example.com', '2026-11-30', 20),
      order('o3', 'ann@example.com', '2026-11-30', 7, 'JPY'),
      order('o4', 'ann@example.com', '2026-12-01', 1_000),
      order('o5', 'eve@example.com', '2026-11-02', 1_000),
    ])
    const reports: { percent?: number }[] = []
    const context = contextWith(fakeServices(store), { progress: (report) => reports.push(report) })
    const payload = { month: '2026-11', statements: batchId, users: ['ann', 'ben', 'has-left'] }
    const change = await run(addStatements, payload, context)
    expect(change.batches).toMatchObject([{ kind: 'add', id: batchId }])
    expect(payloadsOf(change.batches?.[0])).toEqual([
      {
        userId: 'ann',
        month: '2026-11',
        orders: 3,
        totals: [
          { currency: 'EUR', orders: 2, total: 120 },
          { currency: 'JPY', orders: 1, total: 7 },
        ],
      },
      { userId: 'ben', month: '2026-11', orders: 0, totals: [] },
    ])
    expect(reports.map(({ percent }) => Math.round(percent ?? 0)).filter((_, n) => n % 10 === 9)).toEqual([33, 67, 100])
  })

  it('fits one change with a full page', async () => {
    const users = Array.from({ length: 90 }, (_, n) => `u${n}`)
    const services = fakeServices(await storeWith(users.map((id) => user(id))))
    const change = await run(addStatements, { month: '2026-02', statements: batchId, users }, contextWith(services))
    expect(planned(change)).toBe(90)
  })

  it('adds nothing for a page whose users have all left', async () => {
    const payload = { month: '2026-11', statements: batchId, users: ['has-left'] }
    expect(await run(addStatements, payload, contextWith(fakeServices()))).toEqual({})
  })
})

describe('seal-statements', () => {
  it('seals the batch of the statements, not that of the pages', async () => {
    const counts = { id: 'pages', total: 1, succeeded: 1, dead: 0, cancelled: 0 }
    const change = await run(sealStatements, { statements: batchId, batch: counts }, contextWith(fakeServices()))
    expect(change).toEqual({ batches: [{ kind: 'seal', id: batchId }] })
  })
})

describe('make-statement', () => {
  it('saves the statement, and returns its totals as the result', async () => {
    const totals = { orders: 1, totals: [{ currency: 'EUR', orders: 1, total: 5 }] }
    const payload = { userId: 'ann', month: '2026-11', ...totals }
    const { records, result } = await run(makeStatement, payload, contextWith(fakeServices()))
    expect(records).toMatchObject([{ kind: 'put', value: { userId: 'ann', month: '2026-11', ...totals } }])
    expect(result).toEqual(totals)
  })
})

describe('mail-statement-summary', () => {
  const made = (total: number) => ({
    id: `job-${total}`,
    type: 'make-statement',
    status: 'succeeded' as const,
    result: { orders: 1, totals: [{ currency: 'EUR', orders: 1, total }] },
  })
  const dead = { id: 'job-dead', type: 'make-statement', status: 'dead' as const, error: 'it broke' }
  const summaryOf = async (pages: readonly JobContext['members'][], counts: object) => {
    const services = fakeServices()
    let page = 0
    const members: JobContext['members'] = async (id, asked) => {
      expect([id, asked?.after]).toEqual([batchId, page === 0 ? undefined : String(page)])
      const next = pages[page++]
      if (!next) throw new Error('there is no such page')
      return next(id)
    }
    const batch = { id: batchId, total: 0, succeeded: 0, dead: 0, cancelled: 0, ...counts }
    const context = contextWith(services, { members, effectKey: 'the-callback' })
    await run(mailStatementSummary, { month: '2026-11', to, batch }, context)
    return services.mails
  }

  it('adds up the results of all pages, and says how many statements were not made', async () => {
    const pages = [
      async () => ({ members: [made(1_000), dead], next: '1' }),
      async () => ({ members: [], next: '2' }),
      async () => ({ members: [made(234)] }),
    ]
    expect(await summaryOf(pages, { total: 4, succeeded: 2, dead: 1, cancelled: 1 })).toMatchObject([
      {
        to,
        subject: 'Statements of 2026-11: 2 of 4',
        text: 'Statements of 2026-11: 2 of 4\n\n12.34 EUR, orders: 2\nNot made: 2\n',
        idempotencyKey: 'the-callback',
      },
    ])
  })

  it('comes for a shop without users too', async () => {
    expect(await summaryOf([async () => ({ members: [] })], {})).toMatchObject([
      { subject: 'Statements of 2026-11: 0 of 0', text: 'Statements of 2026-11: 0 of 0\n\n' },
    ])
  })
})

describe('months', () => {
  it('have their days, over the ends of years and in leap years', () => {
    expect(daysOf('2028-02')).toHaveLength(29)
    expect(daysOf('2026-12').at(-1)).toBe('2026-12-31')
    expect(monthBefore(new Date('2027-01-01T05:00:00.000Z'))).toBe('2026-12')
    expect(monthBefore(new Date('2026-03-31T05:00:00.000Z'))).toBe('2026-02')
  })

  it.each(['2026-13', '2026-1', '2026-11-01', 'november'])('"%s" is not a month', (text) => {
    expect(month.safeParse(text).success).toBe(false)
  })
})
