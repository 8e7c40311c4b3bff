/** The secret of a webhook is rotated: for some time two sign, then one, and whoever rotates gets a secret that signs. */
import { createHmac, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import application from '../../app/application.ts'
import deliverWebhook from '../../app/jobs/deliver-webhook.ts'
import { webhooks } from '../../app/routes/webhooks.ts'
import { registryOf } from '../../shared/define/application.ts'
import { apiOf, type TestAnswer } from '../support/api.ts'
import { contextWith, fakeServices, memoryRecords } from '../support/app-services.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const hour = 3_600_000

/** A webhook, its API, and what its receiver can verify. */
async function registered() {
  const clock = simClock()
  const store = memoryStore(clock)
  const services = fakeServices(store)
  const secrets = { ...services.secrets, fresh: () => randomBytes(32) }
  const deps = {
    ...{ store, clock, ids: simIds(), registry: registryOf(application, { probes: false }), outboxLifetime: 1 },
    ...{ records: memoryRecords(store), secrets, addressProblem: () => undefined },
  }
  const send = apiOf(webhooks, deps)
  const { body } = await send({
    method: 'POST',
    path: '/webhooks',
    body: { url: 'https://hooks.example.com/in', events: ['order.created'] },
  })
  const rotate = (overlapHours?: number, key?: string, id: string = body.id): Promise<TestAnswer> =>
    send({ method: 'POST', path: `/webhooks/${id}/secret`, body: { overlapHours }, key })

  /** Delivers an event now, and says which of these secrets its receiver can verify it with. */
  async function verified(...known: readonly string[]): Promise<boolean[]> {
    const payload = { webhookId: body.id, event: 'order.created' as const, at: clock.now().toISOString(), data: {} }
    await deliverWebhook.run(payload, contextWith(services, { now: clock.now(), effectKey: 'job' }))
    const post = services.posts.at(-1)
    if (!post) throw new Error('nothing was posted')
    return known.map((secret) => isSigned(post, secret))
  }
  const signatures = () => (services.posts.at(-1)?.headers['webhook-signature'] ?? '').split(' ').length
  return { clock, store, send, rotate, verified, signatures, id: body.id as string, secret: body.secret as string }
}

/** As a receiver verifies by the text of Standard Webhooks, written without the code that signs. */
function isSigned({ headers, body }: { headers: Readonly<Record<string, string>>; body: string }, secret: string) {
  const [prefix, base64 = ''] = secret.split('_')
  if (prefix !== 'whsec') throw new Error(`${secret} is not a secret`)
  const own = createHmac('sha256', Buffer.from(base64, 'base64'))
  for (const part of [headers['webhook-id'], '.', headers['webhook-timestamp'], '.', body]) own.update(part ?? '')
  const digest = own.digest('base64')
  return (headers['webhook-signature'] ?? '').split(' ').some((one) => one.startsWith('v1,') && one.slice(3) === digest)
}

it('a rotation answers a new secret, and until when the old one signs too', async () => {
  const { clock, rotate, verified, signatures, id, secret } = await registered()
  const { status, body } = await rotate()
  const until = new Date(clock.now().getTime() + 24 * hour).toISOString()
  expect([status, body]).toEqual([
    201,
    { id, secret: expect.stringMatching(/^whsec_.{44}$/), previousValidUntil: until },
  ])
  expect(body.secret).not.toBe(secret)
  expect(await verified(secret, body.secret, `whsec_${randomBytes(32).toString('base64')}`)).toEqual([
    true,
    true,
    false,
  ])
  expect(signatures()).toBe(2)
})

it('the old secret signs until its overlap ends, and no longer', async () => {
  const { clock, rotate, verified, signatures, secret } = await registered()
  const { body } = await rotate(2)
  clock.advance(2 * hour - 1)
  expect(await verified(secret, body.secret)).toEqual([true, true])
  clock.advance(1)
  expect(await verified(secret, body.secret)).toEqual([false, true])
  expect(signatures()).toBe(1)
})

it('a rotation without an overlap ends every other secret at once', async () => {
  const { rotate, verified, secret } = await registered()
  const first = await rotate(24)
  const second = await rotate(0)
  expect(await verified(secret, first.body.secret, second.body.secret)).toEqual([false, false, true])
})

it('a second rotation within the overlap keeps the promise of the first', async () => {
  const { clock, rotate, verified, secret } = await registered()
  const first = await rotate(2)
  clock.advance(hour)
  const second = await rotate(2)
  const all = [secret, first.body.secret, second.body.secret]
  expect(await verified(...all)).toEqual([true, true, true])
  clock.advance(hour)
  expect(await verified(...all)).toEqual([false, true, true])
  clock.advance(hour)
  expect(await verified(...all)).toEqual([false, false, true])
})

it('a rotation follows those before it, also by a clock that is behind', async () => {
  const { clock, rotate, verified, secret } = await registered()
  const first = await rotate(2)
  clock.advance(-1_000)
  const second = await rotate(1)
  clock.advance(2 * hour)
  expect(await verified(secret, first.body.secret, second.body.secret)).toEqual([false, false, true])
})

it('of rotations at the same time each gets a secret that signs until the overlap ends; then one is left', async () => {
  const { clock, rotate, verified, secret } = await registered()
  const answers = await Promise.all([rotate(1), rotate(1), rotate(1)])
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
  const fresh = answers.map(({ body }) => body.secret as string)
  expect(new Set(fresh).size).toBe(3)
  expect(await verified(secret, ...fresh)).toEqual([true, true, true, true])
  clock.advance(hour)
  const [old, ...left] = await verified(secret, ...fresh)
  expect(old).toBe(false)
  expect(left.filter(Boolean)).toHaveLength(1)
})

it('a retry with the same key gets the same secret, and adds none', async () => {
  const { store, rotate, verified, signatures, secret } = await registered()
  const first = await rotate(24, 'key')
  const again = await rotate(24, 'key')
  expect([again.status, again.body]).toEqual([201, first.body])
  expect(again.headers).toHaveProperty('idempotency-replayed', 'true')
  expect(await verified(secret, first.body.secret)).toEqual([true, true])
  expect(signatures()).toBe(2)
  expect(await rotate(1, 'key')).toMatchObject({ status: 422 })
  const copies = store.items('records').flatMap(({ secretAgain }) => (secretAgain ? [String(secretAgain)] : []))
  expect(copies).toEqual([expect.stringMatching(/^sealed for .{36} .{36}:whsec_/)])
})

it('a key is for one webhook: with another webhook it rotates that one', async () => {
  const { send, rotate } = await registered()
  const body = { url: 'https://hooks.example.com/b', events: ['order.created'] }
  const other = await send({ method: 'POST', path: '/webhooks', body })
  const [mine, theirs] = [await rotate(24, 'key'), await rotate(24, 'key', other.body.id)]
  expect(theirs).toMatchObject({ status: 201, body: { id: other.body.id } })
  expect(theirs.headers).not.toHaveProperty('idempotency-replayed')
  expect(theirs.body.secret).not.toBe(mine.body.secret)
})

it('five secrets are valid at most, but for the retry of the fifth; those that ended are removed', async () => {
  const { clock, store, rotate } = await registered()
  const stored = () => store.items('records').filter(({ pk }) => String(pk).startsWith('webhook-secret#')).length
  for (let n = 0; n < 3; n++) expect((await rotate(1)).status).toBe(201)
  const fifth = await rotate(1, 'fifth')
  expect(await rotate(1)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('"overlapHours": 0') } })
  expect(await rotate(1, 'fifth')).toMatchObject({ status: 201, body: fifth.body })
  expect(stored()).toBe(4)
  expect((await rotate(0)).status).toBe(201)
  clock.advance(1)
  expect((await rotate(1)).status).toBe(201)
  expect(stored()).toBe(2)
})

it('the secrets go with the webhook', async () => {
  const { store, send, rotate, id } = await registered()
  await rotate()
  expect((await send({ method: 'DELETE', path: `/webhooks/${id}` })).status).toBe(204)
  expect(store.items('records')).toEqual([])
  expect(await rotate()).toMatchObject({ status: 404 })
})

it.each([-1, 169, 1.5, '24'])('an overlap of %j hours is refused', async (overlapHours) => {
  const { rotate } = await registered()
  const answer = await rotate(overlapHours as number)
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'overlapHours' }] } })
})

it('no list shows a secret', async () => {
  const { send, rotate } = await registered()
  await rotate()
  expect(JSON.stringify((await send({ path: '/webhooks' })).body)).not.toMatch(/whsec_|sealed/)
})
