/** Cursors of every list that the API has: a new list is found by its query, and must be filled here. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { beforeAll, describe, expect, it } from 'vitest'
import type * as z from 'zod'
import application from '../../app/application.ts'
import { user } from '../../app/records/user.ts'
import { webhook } from '../../app/records/webhook.ts'
import businessRoutes from '../../app/routes.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { type Resolve, router } from '../../functions/api/router.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { registryOf } from '../../shared/define/application.ts'
import { batch } from '../../shared/define/batch.ts'
import { request } from '../../shared/define/job.ts'
import { create, recordWrite } from '../../shared/define/record.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { action } from '../../shared/recovery/action.ts'
import type { FailingIndex } from '../../shared/recovery/failing-jobs.ts'
import { fakeServices, memoryRecords } from '../support/app-services.ts'
import { allEffects, memoryReader } from '../support/memory-reader.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const routes = routesOf(businessRoutes, { probes: true })
/** The batch whose jobs are listed. */
const batchId = '00000000-0000-4000-8000-00000000000b'
/** The path of every route whose query has a cursor. */
const lists = routes
  .filter(({ query }) => query !== undefined && 'cursor' in (query as unknown as z.ZodObject).shape)
  .map(({ path }) => path.replace('/batches/:id', `/batches/${batchId}`))

const clock = simClock()
const store = memoryStore(clock)
const ids = simIds()
const registry = registryOf(application, { probes: true })
let resolve: Resolve

const failing: Pick<FailingIndex, 'query' | 'errors'> = {
  query: async (partition, _, { after, limit }) =>
    allEffects(store)
      .filter(({ failing, failingAt = '' }) => failing === partition && failingAt > (after?.failingAt ?? ''))
      .sort((a, b) => ((a.failingAt ?? '') < (b.failingAt ?? '') ? -1 : 1))
      .slice(0, limit),
  errors: async () => [],
}

/** Three of each thing that is listed. */
beforeAll(async () => {
  const at = clock.now().toISOString()
  for (const id of ['a', 'b', 'c']) {
    const common = { id, createdAt: at, jobs: [] }
    await store.write(recordWrite(create(user, { ...common, email: `${id}@example.com`, fullName: id })))
    const hook = { id, url: 'https://hooks.example.com/', events: ['order.created' as const], secret: 's' }
    await store.write(recordWrite(create(webhook, { ...hook, createdAt: at })))
    await store.write(recordWrite(create(action, { id, at, by: 'ann', action: 'reconcile', detail: '' })))
    await deadJob()
    await newBatch(ids.fresh(), 1)
  }
  await newBatch(batchId, 3)
  const deps = { store, clock, ids, registry, failing, authorization: { type: 'none' }, logAction: () => {} }
  const services = {
    records: memoryRecords(store),
    secrets: fakeServices(store).secrets,
    jobOwners: [],
    links: () => ({}),
  }
  resolve = router(routes, { ...memoryReader(store), ...deps, ...services } as unknown as ApiDeps, (fault) => {
    throw fault
  })
})

async function deadJob(): Promise<void> {
  const probe = registry.jobs.get('probe')
  if (!probe) throw new Error('the application has no probe')
  const job = { ...request(probe, { key: 'k' }), id: ids.fresh() }
  const now = clock.now()
  await store.write(outboxWrite(job, { now, hops: 0, outboxLifetime: 1 }, registry))
  const end = { jobId: job.id, owner: 'o', now, attempt: 1, error: 'Error: no', failures: [], expiresAt: 0 }
  const claim = { ...end, type: 'probe', lane: 'default', leaseUntil: now.getTime() + 16_000, maxAttempts: 1 }
  await store.write(claimWrite({ ...claim, onCrash: 'retry' }))
  await store.write(dieWrite(end))
}

async function newBatch(id: string, count: number): Promise<void> {
  const probe = registry.jobs.get('probe')
  if (!probe) throw new Error('the application has no probe')
  const jobs = Array.from({ length: count }, () => request(probe, { key: 'k' }))
  const deps = { store, clock, ids, registry, outboxLifetime: 1 }
  await commitRequest(deps, { id: ids.fresh(), now: clock.now() }, { batches: [batch({ id, jobs })] })
}

async function ask(path: string, query: Readonly<Record<string, string>>) {
  const event = {
    rawPath: path,
    headers: {},
    queryStringParameters: query,
    requestContext: { http: { method: 'GET' } },
  } as unknown as APIGatewayProxyEventV2
  const { statusCode, body } = await resolve(event)
  return { status: statusCode, body: JSON.parse(body ?? '') as { next?: string; errors?: { path: string }[] } }
}

const refused = { status: 422, body: { errors: [{ path: 'cursor' }] } }
const cursorOf = async (path: string, query = {}) => (await ask(path, { ...query, limit: '1' })).body.next ?? ''

it('the API has lists, each filled here', async () => {
  expect(lists.length).toBeGreaterThan(3)
  for (const path of lists) expect(await cursorOf(path), `${path} has a second page`).not.toBe('')
})

describe.each(lists)('a cursor of %s', (path) => {
  it('leads to the next page, until there is none, also with another limit', async () => {
    const second = await ask(path, { limit: '1', cursor: await cursorOf(path) })
    expect(second.status).toBe(200)
    const last = await ask(path, { limit: '50', cursor: second.body.next ?? '' })
    expect(last).toMatchObject({ status: 200 })
    expect(last.body.next).toBeUndefined()
  })

  it('that is no cursor at all is refused', async () => {
    const own = await cursorOf(path)
    const place = Buffer.from(JSON.stringify(['0000000000000000', 'user'])).toString('base64url')
    for (const cursor of [
      'zzz',
      '0',
      'a',
      '[]',
      '["a","b"]',
      place,
      own.slice(0, -1),
      `${own}A`,
      `${own}=`,
      own.slice(4),
    ])
      expect(await ask(path, { cursor }), cursor).toMatchObject(refused)
  })

  it('that another list gave is refused', async () => {
    for (const other of lists.filter((one) => one !== path))
      expect(await ask(path, { cursor: await cursorOf(other) }), other).toMatchObject(refused)
  })
})

it('a cursor of other filters is refused, whatever the order of the filters', async () => {
  const filters = { type: 'probe', status: 'dead' }
  const cursor = await cursorOf('/jobs', filters)
  expect(await ask('/jobs', { status: 'dead', cursor, type: 'probe' })).toMatchObject({ status: 200 })
  expect(await ask('/jobs', { status: 'dead', cursor })).toMatchObject(refused)
  expect(await ask('/jobs', { ...filters, type: 'send-receipt', cursor })).toMatchObject(refused)
})
