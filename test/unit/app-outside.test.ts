import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import sendPasswordReset from '../../app/jobs/send-password-reset.ts'
import sendWelcomeEmail from '../../app/jobs/send-welcome-email.ts'
import syncCrm from '../../app/jobs/sync-crm.ts'
import trackPageView from '../../app/jobs/track-page-view.ts'
import writeAuditEntry from '../../app/jobs/write-audit-entry.ts'
import { user, userEmail } from '../../app/records/user.ts'
import { PermanentError } from '../../shared/define/errors.ts'
import { create } from '../../shared/define/record.ts'
import { contextWith, fakeServices, storeWith } from '../support/app-services.ts'

const ann = {
  id: 'u1',
  email: 'ann@example.com',
  fullName: 'Ann',
  createdAt: '2026-11-01T00:00:00.000Z',
  jobs: [{ id: 'j', type: 'send-welcome-email' }],
}
const withAnn = () => storeWith([create(user, ann), create(userEmail, { email: ann.email, userId: ann.id })])

describe('a password reset', () => {
  it('mails a token, and stores its hash and when it ends', async () => {
    const services = fakeServices(await withAnn())
    const change = await sendPasswordReset.run({ email: 'ANN@example.com' }, contextWith(services))
    // To the address of the sign-up, not to the one that was typed.
    expect(services.mails).toMatchObject([{ to: 'ann@example.com', idempotencyKey: 'job-1' }])
    const token = /Token: (\S+)/.exec(services.mails[0]?.text ?? '')?.[1] ?? ''
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const tokenHash = createHash('sha256').update(token).digest('hex')
    const expiresAt = Date.parse('2026-11-06T01:00:30.000Z') / 1000
    expect(change?.records).toMatchObject([{ kind: 'create', value: { tokenHash, userId: 'u1', expiresAt } }])
    expect(JSON.stringify(change)).not.toContain(token)
  })

  it('does nothing for an address that nobody signed up with', async () => {
    const services = fakeServices(await withAnn())
    expect(await sendPasswordReset.run({ email: 'eve@example.com' }, contextWith(services))).toBeUndefined()
    expect(services.mails).toEqual([])
  })
})

describe('sync-crm', () => {
  const payload = { userId: 'u1', url: 'https://crm.example.com/users?key=hidden' }
  async function sync(status: number, userId = 'u1') {
    const services = fakeServices(await withAnn(), () => ({ status, text: 'said' }))
    const result = (async () => syncCrm.run({ ...payload, userId }, contextWith(services, { effectKey: 'k' })))()
    return { services, result: await result.catch((error: Error) => error) }
  }

  it('posts the user under the effect key, and nothing that is ours alone', async () => {
    const { services, result } = await sync(200)
    expect(result).toBeUndefined()
    const { jobs: _, ...sent } = ann
    expect(services.posts).toMatchObject([{ url: payload.url, headers: { 'idempotency-key': 'k' } }])
    expect(JSON.parse(services.posts[0]?.body ?? '')).toEqual(sent)
  })

  it.each([302, 408, 409, 425, 500, 503])('is tried again after %i', async (status) => {
    const { result } = await sync(status)
    expect(result).toMatchObject({ name: 'Error', message: `https://crm.example.com answered ${status}: said` })
  })

  it.each([400, 401, 403, 404, 410, 422])('gives up after %i', async (status) => {
    expect((await sync(status)).result).toBeInstanceOf(PermanentError)
  })

  it('gives up on a user that is not there', async () => {
    const { services, result } = await sync(200, 'u2')
    expect(result).toBeInstanceOf(PermanentError)
    expect(services.posts).toEqual([])
  })

  it('keeps the jobs of one CRM apart from those of another', () => {
    expect(syncCrm.tenant?.(payload)).toBe('crm.example.com')
  })
})

describe('track-page-view', () => {
  const payload = { path: '/tea', at: '2026-11-05T10:00:00.000Z', collector: 'https://count.example.com/' }

  it('tells the collector', async () => {
    const services = fakeServices()
    expect(await trackPageView.run(payload, contextWith(services))).toBeUndefined()
    expect(services.posts.map(({ body }) => JSON.parse(body))).toEqual([{ path: '/tea', at: payload.at }])
  })

  it('succeeds when the call failed, and is never tried twice, not even after a crash', async () => {
    const services = fakeServices(undefined, () => {
      throw new Error('down')
    })
    expect(await trackPageView.run(payload, contextWith(services))).toBeUndefined()
    expect(trackPageView).toMatchObject({ maxAttempts: 1, onCrash: 'dead-letter' })
  })
})

describe('what a sign-up causes', () => {
  it('a welcome under the effect key', async () => {
    const services = fakeServices()
    await sendWelcomeEmail.run({ userId: 'u1', email: ann.email, fullName: 'Ann' }, contextWith(services))
    expect(services.mails).toMatchObject([{ to: ann.email, idempotencyKey: 'job-1' }])
    expect(services.mails[0]?.text).toContain('Hello Ann')
  })

  it('an audit entry with the id of the job', async () => {
    const entry = { userId: 'u1', action: 'user.created', at: ann.createdAt }
    const change = await writeAuditEntry.run(entry, contextWith(fakeServices()))
    expect(change?.records).toMatchObject([{ kind: 'create', value: { id: 'job-1', ...entry } }])
  })
})
