import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import application from '../../app/application.ts'
import { report } from '../../app/records/report.ts'
import { passwordResets } from '../../app/routes/password-resets.ts'
import { reports } from '../../app/routes/reports.ts'
import { webhooks } from '../../app/routes/webhooks.ts'
import { addressProblem } from '../../functions/aws/public-address.ts'
import { registryOf } from '../../shared/define/application.ts'
import { create, recordWrite } from '../../shared/define/record.ts'
import { markKey } from '../../shared/outbox/request-mark.ts'
import { apiOf } from '../support/api.ts'
import { fakeServices, memoryRecords, sealFor } from '../support/app-services.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

/** The routes on tables in memory. */
function api({ allowPrivate = false } = {}) {
  const clock = simClock()
  const store = memoryStore(clock)
  const deps = {
    store,
    clock,
    ids: simIds(),
    registry: registryOf(application, { probes: false }),
    records: memoryRecords(store),
    secrets: { ...fakeServices(store).secrets, fresh: () => randomBytes(32) },
    addressProblem: (url: URL) => addressProblem(url, { allowPrivate }),
    outboxLifetime: 1,
  }
  const send = apiOf([...webhooks, ...passwordResets, ...reports], deps)
  const ask = (method: string, path: string, body?: unknown, key?: string, id = '') =>
    send({ method, path: path.replace(':id', id), body, key })
  return { store, ask }
}

const hook = { url: 'https://hooks.example.com/in', events: ['order.created'] }

describe('webhooks over HTTP', () => {
  it('are registered with a secret of their own, shown once', async () => {
    const { ask } = api()
    const first = await ask('POST', '/webhooks', hook)
    const second = await ask('POST', '/webhooks', hook)
    expect(first).toMatchObject({ status: 201, body: { ...hook, secret: expect.stringMatching(/^whsec_.{44}$/) } })
    expect(Object.keys(first.body).sort()).toEqual(['events', 'id', 'secret', 'url'])
    expect(second.body.secret).not.toBe(first.body.secret)
    const list = await ask('GET', '/webhooks')
    expect(list.body.webhooks).toMatchObject([{ id: first.body.id, ...hook }, { id: second.body.id }])
    expect(JSON.stringify(list.body)).not.toContain('whsec_')
  })

  it('answer a repetition with the first answer, its secret included', async () => {
    const { ask, store } = api()
    const first = await ask('POST', '/webhooks', hook, 'key')
    const again = await ask('POST', '/webhooks', hook, 'key')
    expect(again.body).toEqual(first.body)
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    expect(again.headers).toHaveProperty('idempotency-replayed', 'true')
    // The webhook, and the mark that remembers the key when the webhook is gone.
    expect(store.items('records')).toHaveLength(2)
    const stored = store.items('records').find(({ pk }) => pk !== markKey(String(first.body.id)).pk)
    // Nobody can open the second copy who does not know the key.
    expect(stored?.secretAgain).toMatch(
      new RegExp(`^${sealFor({ webhook: first.body.id as string, key: '.{36}' })}whsec_`),
    )
    expect(await ask('POST', '/webhooks', { ...hook, url: 'https://other.example.com/' }, 'key')).toMatchObject({
      status: 422,
    })
  })

  it('are not registered again by their key once they are deleted', async () => {
    const { ask } = api()
    const { body } = await ask('POST', '/webhooks', hook, 'key')
    await ask('DELETE', '/webhooks/:id', undefined, undefined, String(body.id))
    expect(await ask('POST', '/webhooks', hook, 'key')).toMatchObject({ status: 410, body: { title: 'Gone' } })
    expect(await ask('POST', '/webhooks', { ...hook, url: 'https://other.example.com/' }, 'key')).toMatchObject({
      status: 422,
    })
    expect((await ask('GET', '/webhooks')).body).toEqual({ webhooks: [] })
    expect(await ask('POST', '/webhooks', hook, 'new key')).toMatchObject({ status: 201 })
  })

  it('have a second copy of the secret only where the request can be repeated', async () => {
    const { ask, store } = api()
    const { body } = await ask('POST', '/webhooks', hook)
    expect(store.items('records')).toMatchObject([
      { secret: `${sealFor({ webhook: body.id as string })}${body.secret}` },
    ])
    expect(store.items('records')[0]).not.toHaveProperty('secretAgain')
  })

  it('are deleted once', async () => {
    const { ask, store } = api()
    const { body } = await ask('POST', '/webhooks', hook)
    const remove = () => ask('DELETE', '/webhooks/:id', undefined, undefined, String(body.id))
    expect(await remove()).toMatchObject({ status: 204, body: undefined })
    expect(await remove()).toMatchObject({ status: 404 })
    expect(store.items('records')).toEqual([])
  })

  it.each([
    ['http://hooks.example.com/', 'must be https'],
    ['https://127.0.0.1/', 'must be a public address'],
    ['https://0x7f.1/', 'must be a public address'],
    ['https://localhost/', 'must be a public host name, with its domain'],
    ['https://u:p@hooks.example.com/', 'must not contain a user name or password'],
  ])('are refused for %s', async (url, message) => {
    const { ask, store } = api()
    const answer = await ask('POST', '/webhooks', { ...hook, url })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'url', message }] } })
    expect(store.items('records')).toEqual([])
  })

  it.each([
    [{ ...hook, url: 'no address' }, 'url'],
    [{ ...hook, url: 'javascript:alert(1)' }, 'url'],
    [{ ...hook, events: [] }, 'events'],
    [{ ...hook, events: ['order.crated'] }, 'events.0'],
    [{ ...hook, events: ['order.created', 'order.created'] }, 'events'],
    [{ ...hook, secret: 'whsec_mine' }, ''],
  ])('are refused with a path: %j', async (body, path) => {
    expect(await api().ask('POST', '/webhooks', body)).toMatchObject({ status: 422, body: { errors: [{ path }] } })
  })

  it('may have private addresses where the stage says so', async () => {
    expect(
      await api({ allowPrivate: true }).ask('POST', '/webhooks', { ...hook, url: 'http://127.0.0.1:4000/' }),
    ).toMatchObject({
      status: 201,
    })
  })
})

describe('password resets over HTTP', () => {
  it('answer the same for everybody, and write one job', async () => {
    const { ask, store } = api()
    expect(await ask('POST', '/password-resets', { email: 'a@example.com' })).toMatchObject({ status: 202, body: {} })
    expect(store.items('outbox')).toMatchObject([
      { type: 'send-password-reset', lane: 'urgent', payload: '{"email":"a@example.com"}' },
    ])
    expect(store.items('records')).toEqual([])
  })

  it('are asked for once per idempotency key', async () => {
    const { ask, store } = api()
    await ask('POST', '/password-resets', { email: 'a@example.com' }, 'key')
    const again = await ask('POST', '/password-resets', { email: 'a@example.com' }, 'key')
    expect(again).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' } })
    expect(again.body).toEqual({})
    expect(await ask('POST', '/password-resets', { email: 'b@example.com' }, 'key')).toMatchObject({ status: 422 })
    expect(store.items('outbox')).toHaveLength(1)
  })

  it('need an address', async () => {
    expect(await api().ask('POST', '/password-resets', { email: 'nobody' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'email' }] },
    })
  })
})

describe('reports over HTTP', () => {
  it('are there when their job has ended', async () => {
    const { ask, store } = api()
    const get = () => ask('GET', '/reports/:id', undefined, undefined, 'job-1')
    expect(await get()).toMatchObject({ status: 404 })
    const built = {
      id: 'job-1',
      from: '2026-11-05',
      to: '2026-11-05',
      orders: 0,
      totals: [],
      createdAt: '2026-11-06T00:00:00.000Z',
    }
    await store.write(recordWrite(create(report, built)))
    expect(await get()).toMatchObject({ status: 200, body: built })
  })
})
