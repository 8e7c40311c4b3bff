import { afterAll, describe, expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { withAws } from './support/aws.ts'
import { jobIs, postJob, probe, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'
import { newOrder } from './support/orders.ts'
import { isApiGateway } from './support/selection.ts'
import { itemsWith } from './support/tables.ts'

const posts = ['/orders', '/users', '/password-resets', '/webhooks', '/jobs', '/job-batches', '/dead-letters/redrive']
/** Part of everything that is refused here, so that what was written in spite of it would be found. */
const mark = unique('refused')
const email = `${mark}@example.com`

function isProblem(answer: { status: number; headers: Headers; body: Problem }, status: number): void {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.body).toMatchObject({ type: 'about:blank', title: expect.any(String), status })
  expect(answer.body.detail).not.toMatch(/\n\s+at /)
}

describe.each(posts)('POST %s', (path) => {
  test('refuses what is not JSON with 400', async () => {
    for (const body of ['', '{', `{"email": "${email}"`, 'email=x', '\u0000'])
      isProblem(await api.post<Problem>(path, body), 400)
  })

  test('refuses another content type, or none, with 415', async () => {
    const body = JSON.stringify(newOrder(email))
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
      isProblem(await api.post<Problem>(path, body, { 'content-type': type }), 415)
  })

  test('refuses more than 256 KiB with 413', async () => {
    const body = JSON.stringify({ ...newOrder(email), padding: 'x'.repeat(256 * 1024) })
    isProblem(await api.post<Problem>(path, body), 413)
  })

  test('refuses what is no object, and fields it does not know, with 422', async () => {
    for (const body of ['null', '[]', '"text"', '17', `{"${mark}": 1}`])
      isProblem(await api.post<Problem>(path, body), 422)
  })
})

const item = { sku: 'tea', quantity: 1, unitPrice: 100 }

describe('the schema', () => {
  test.each([
    ['/orders', { email }, ['items']],
    ['/orders', { email, items: [] }, ['items']],
    ['/orders', { email: 'nobody', items: [item] }, ['email']],
    ['/orders', { email, items: [item, { ...item, quantity: 0 }] }, ['items.1.quantity']],
    ['/orders', { email, items: [{ ...item, unitPrice: 1.5 }] }, ['items.0.unitPrice']],
    ['/orders', { email, items: [{ ...item, unitPrice: -1 }] }, ['items.0.unitPrice']],
    ['/orders', { email, items: [{ ...item, sku: ' ' }] }, ['items.0.sku']],
    ['/orders', { email, items: [item], currency: 'euro' }, ['currency']],
    ['/orders', { email: 1, items: 'tea', currency: 2 }, ['email', 'items', 'currency']],
    ['/users', { email }, ['fullName']],
    ['/users', { email, fullName: '' }, ['fullName']],
    ['/users', { email: `${'x'.repeat(250)}@example.com`, fullName: 'Ada' }, ['email']],
    ['/password-resets', { email: mark }, ['email']],
    ['/webhooks', { url: mark, events: ['order.created'] }, ['url']],
    ['/webhooks', { url: `ftp://${mark}.example.com`, events: ['order.created'] }, ['url']],
    ['/webhooks', { url: `https://me:secret@${mark}.example.com`, events: ['order.created'] }, ['url']],
    ['/webhooks', { url: `https://${mark}.example.com`, events: ['order.gone'] }, ['events.0']],
    ['/webhooks', { url: `https://${mark}.example.com`, events: [] }, ['events']],
  ])('of %s refuses %j with a path per error', async (path, body, paths) => {
    const answer = await api.post<Problem>(path, body)
    isProblem(answer, 422)
    expect(answer.body.errors?.map((error) => error.path)).toEqual(paths)
    for (const { message } of answer.body.errors ?? []) expect(message).not.toBe('')
  })
})

describe('what does not exist', () => {
  const strange = ['none', '%20', '%3Flimit=1', '%2541', 'a~b', '..%2F..', '%F0%9F%92%A9', 'x'.repeat(2000)]
  test.each(['/orders/', '/users/', '/jobs/', '/reports/'])('%s… is 404', async (path) => {
    for (const id of strange) isProblem(await api.get<Problem>(path + id), 404)
  })

  test('cannot be cancelled, replayed or deleted: 404', async () => {
    isProblem(await api.post<Problem>('/jobs/none/cancel'), 404)
    isProblem(await api.post<Problem>('/jobs/none/replay'), 404)
    isProblem(await api.delete<Problem>('/webhooks/none'), 404)
  })

  test('is no path either: 404', async () => {
    for (const path of ['/', '/order', '/orders/1/2', '/admin']) isProblem(await api.get<Problem>(path), 404)
  })

  test('as a method is 405, and says which there are', async () => {
    const answer = await api.call<Problem>('PUT', '/orders', newOrder(email))
    isProblem(answer, 405)
    expect(answer.headers.get('allow')).toBe('POST')
    isProblem(await api.call<Problem>('DELETE', '/users/none'), 405)
    isProblem(await api.call<Problem>('POST', '/health', {}), 405)
  })

  const gateway = isApiGateway(process.env) ? '' : ' (skipped: this emulator leaves it to the function)'
  test.skipIf(gateway)(`as percent-encoding is 400, by the gateway itself${gateway}`, async () => {
    expect((await api.get('/orders/%ZZ')).status).toBe(400)
  })
})

withAws('after all that was refused', () => {
  test('nothing was written: no record and no outbox item', async () => {
    const key = `${mark}-fence`
    await jobIs(await postJob(probeJob({ key })), 'succeeded')
    expect((await probe(key)).count).toBe(1)
    const found = [...(await itemsWith('records', mark)), ...(await itemsWith('outbox', mark))]
    const strangers = found.filter((item) => !JSON.stringify(item).includes(key))
    expect(strangers).toEqual([])
    // The search itself finds what is there.
    expect(found).toHaveLength(2)
  })
})

afterAll(async () => {
  expect((await api.get('/health')).status).toBe(200)
})
