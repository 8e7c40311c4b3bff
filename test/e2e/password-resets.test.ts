import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { withAws } from './support/aws.ts'
import { jobIs } from './support/jobs.ts'
import { firstMailTo, mailsTo } from './support/mails.ts'
import { address } from './support/names.ts'
import { itemsWith } from './support/tables.ts'

const reset = (email: string) => api.post('/password-resets', { email })

async function user(): Promise<string> {
  const email = address('user')
  expect((await api.post('/users', { email, fullName: 'Ada' })).status).toBe(201)
  return email
}

test('a password reset is answered alike whether or not there is such a user', async () => {
  const [known, unknown] = [await reset(await user()), await reset(address('nobody'))]
  for (const { status, body } of [known, unknown]) expect({ status, body }).toEqual({ status: 202, body: {} })
  expect([...known.headers.keys()].toSorted()).toEqual([...unknown.headers.keys()].toSorted())
})

withAws('the mail of a password reset', () => {
  test('goes to the user, by the urgent lane, with a token that no table holds', async () => {
    const email = await user()
    await reset(email.toUpperCase().replace('@EXAMPLE.COM', '@example.com'))
    const mails = () => mailsTo(email)
    await firstMailTo(email)
    const [job] = (await itemsWith('outbox', email.toUpperCase().split('@')[0] ?? '')) as { id: string; lane: string }[]
    expect(job?.lane).toBe('urgent')
    await jobIs(job?.id ?? '', 'succeeded')
    const token = (await mails()).map(({ Body }) => /Token: (\S+)/.exec(Body.text_part ?? '')?.[1]).find(Boolean) ?? ''
    expect(token).toMatch(/^[\w-]{43}$/)
    for (const table of ['records', 'outbox', 'effects'] as const) expect(await itemsWith(table, token)).toEqual([])
  })

  test('does not go to an address that nobody signed up with', async () => {
    const stranger = address('nobody')
    await reset(stranger)
    const [job] = (await itemsWith('outbox', stranger)) as { id: string }[]
    await jobIs(job?.id ?? '', 'succeeded')
    expect(await mailsTo(stranger)).toEqual([])
  })
})
