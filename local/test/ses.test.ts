import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SendEmailCommand, type SendEmailCommandInput, VerifyEmailIdentityCommand } from '@aws-sdk/client-ses'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { gatewayFor, model } from './support/gateway.ts'

let local: Awaited<ReturnType<typeof gatewayFor>>

beforeAll(async () => {
  local = await gatewayFor(model())
})
afterAll(() => local.stop())
beforeEach(() => local.send('DELETE', '/_aws/ses'))

const mail = (more: Partial<SendEmailCommandInput> = {}) =>
  new SendEmailCommand({
    Source: 'shop@example.com',
    Destination: { ToAddresses: ['jane@example.org'] },
    Message: { Subject: { Data: 'Grüße & <Küsse>' }, Body: { Text: { Data: 'a+b=c' }, Html: { Data: '<p>ä</p>' } } },
    ...more,
  })

test('a mail is kept, and shown as LocalStack shows it', async () => {
  const sent = await local.clients().ses.send(mail({ Tags: [{ Name: 'effect', Value: 'e-1' }] }))
  expect(await local.get('/_aws/ses')).toEqual({
    messages: [
      {
        Id: sent.MessageId,
        Region: 'us-east-1',
        Source: 'shop@example.com',
        Destination: { ToAddresses: ['jane@example.org'] },
        Subject: 'Grüße & <Küsse>',
        Body: { text_part: 'a+b=c', html_part: '<p>ä</p>' },
        Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        Tags: [{ Name: 'effect', Value: 'e-1' }],
      },
    ],
  })
})

test('mails can be found by id and by sender, and removed one by one or all', async () => {
  const { ses } = local.clients()
  const first = await ses.send(mail())
  await ses.send(mail({ Source: 'other@example.com', Destination: { CcAddresses: ['cc@example.org'] } }))
  const count = async (query = '') => (await local.get(`/_aws/ses${query}`)).messages.length
  expect([await count(), await count(`?id=${first.MessageId}`), await count('?email=other@example.com')]).toEqual([
    2, 1, 1,
  ])
  await local.send('DELETE', `/_aws/ses?id=${first.MessageId}`)
  expect(await count()).toBe(1)
  await local.send('DELETE', '/_aws/ses')
  expect(await count()).toBe(0)
})

test.each([
  ['no recipient', { Destination: {} }],
  ['a recipient without a domain', { Destination: { ToAddresses: ['jane'] } }],
  ['a sender without a domain', { Source: 'shop' }],
  ['too many recipients', { Destination: { BccAddresses: Array.from({ length: 51 }, (_, i) => `u${i}@example.org`) } }],
  ['no body', { Message: { Subject: { Data: 's' }, Body: {} } }],
])('a mail with %s is refused', async (_, more) => {
  await expect(local.clients().ses.send(mail(more))).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    $metadata: { httpStatusCode: 400 },
  })
  expect((await local.get('/_aws/ses')).messages).toEqual([])
})

test('another operation of SES is refused by name', async () => {
  const verify = new VerifyEmailIdentityCommand({ EmailAddress: 'a@example.org' })
  await expect(local.clients().ses.send(verify)).rejects.toMatchObject({
    name: 'InvalidAction',
    message: expect.stringContaining('VerifyEmailIdentity is not emulated'),
  })
})

test('mails survive a process that is killed, also in the middle of a line', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mails-'))
  const ids: (string | undefined)[] = []
  for (let life = 0; life < 3; life += 1) {
    // The next life reads the file while the former never said good-bye: what it answered must be there.
    const running = await gatewayFor(model(), { dataDir })
    expect((await running.get('/_aws/ses')).messages.map(({ Id }: { Id: string }) => Id)).toEqual(ids)
    ids.push((await running.clients().ses.send(mail())).MessageId)
    await appendFile(join(dataDir, 'mails.jsonl'), '\n{"Id":"torn')
    await running.stop()
  }
  await rm(dataDir, { recursive: true })
})
