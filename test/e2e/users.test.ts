import { describe, expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { jobIs } from './support/jobs.ts'
import { firstMailTo, mailsTo } from './support/mails.ts'
import { address } from './support/names.ts'
import { jobOf } from './support/orders.ts'

interface User {
  readonly id: string
  readonly email: string
  readonly fullName: string
  readonly createdAt: string
  readonly jobs: readonly { id: string; type: string }[]
}
interface Audit {
  readonly entries: readonly { id: string; action: string; at: string }[]
}

const signUp = (email: string = address('user')) => api.post<User>('/users', { email, fullName: 'Ada Lovelace' })

describe('a user', () => {
  test('is answered with 201, its Location and the jobs it causes, and found again', async () => {
    const email = address('user')
    const { status, headers, body } = await signUp(email)
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.any(String),
      email,
      fullName: 'Ada Lovelace',
      createdAt: expect.any(String),
      jobs: [
        { id: expect.any(String), type: 'send-welcome-email' },
        { id: expect.any(String), type: 'write-audit-entry' },
      ],
    })
    const found = await api.get<User>(headers.get('location') ?? '')
    expect(found).toMatchObject({ status: 200, body })
  })

  test('has one audit entry, written by its job', async () => {
    const { body: user } = await signUp()
    await jobIs(jobOf(user, 'write-audit-entry'), 'succeeded')
    const { body } = await api.get<Audit>(`/users/${user.id}/audit`)
    expect(body.entries).toEqual([{ id: jobOf(user, 'write-audit-entry'), action: 'user.created', at: user.createdAt }])
  })

  test('with an address that is taken is 409, also when it is spelt in capitals', async () => {
    const { body: user } = await signUp()
    for (const email of [user.email, user.email.toUpperCase()]) {
      const { status, body } = await api.post<Problem>('/users', { email, fullName: 'Eve' })
      expect(status).toBe(409)
      expect(body.title).toBe('Conflict')
    }
  })

  test('of ten that want one address at the same time is one', async () => {
    const email = address('user')
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => signUp(email)))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(9)
  })

  test('that does not exist is 404, and so is its audit trail', async () => {
    expect((await api.get('/users/none')).status).toBe(404)
    expect((await api.get('/users/none/audit')).status).toBe(404)
  })
})

describe('the list of users', () => {
  test('shows everyone once, page by page', async () => {
    const mine = await Promise.all(Array.from({ length: 5 }, async () => (await signUp()).body.id))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const query = `limit=3${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
      const { status, body } = await api.get<{ users: User[]; next?: string }>(`/users?${query}`)
      expect(status).toBe(200)
      expect(body.users.length).toBeLessThanOrEqual(3)
      seen.push(...body.users.map(({ id }) => id))
      cursor = body.next
    } while (cursor !== undefined)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(mine))
  })

  test.each(['limit=0', 'limit=101', 'limit=many', 'page=2'])('refuses ?%s', async (query) => {
    const { status, body } = await api.get<Problem>(`/users?${query}`)
    expect(status).toBe(422)
    expect(body.errors?.length).toBeGreaterThan(0)
  })
})

withAws('the welcome mail of a user', () => {
  test('comes once, and not to someone who was refused', async () => {
    const { body: user } = await signUp()
    await firstMailTo(user.email)
    expect((await signUp(user.email)).status).toBe(409)
    const { body: later } = await signUp()
    await eventually(
      'a later welcome mail',
      () => mailsTo(later.email),
      (mails) => mails.length > 0,
    )
    expect(await mailsTo(user.email)).toHaveLength(1)
  })
})
