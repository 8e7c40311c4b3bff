/** What SES refuses of senders that nobody has verified, and of configuration sets. */
import { SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-ses'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SesIdentity, Statement } from '../model.ts'
import { ACCOUNT, allow, functionWith, gatewayFor, model, REGION } from './support/gateway.ts'

const arn = (rest: string) => `arn:aws:ses:${REGION}:${ACCOUNT}:${rest}`

const mail = (more: Partial<SendEmailCommandInput> = {}) =>
  new SendEmailCommand({
    Source: 'Shop <orders@example.com>',
    Destination: { ToAddresses: ['jane@example.org'] },
    Message: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } },
    ...more,
  })

/** Sends mails as a function with these grants, in an account with these identities. */
async function account(sesIdentities: readonly SesIdentity[], grants: readonly Statement[] = [allow('ses:*', '*')]) {
  const actors = [functionWith('mailer', grants)]
  const local = await gatewayFor({ ...model({ actors }), sesIdentities })
  onTestFinished(() => local.stop())
  const count = async () => (await local.get('/_aws/ses')).messages.length
  return { send: (more?: Partial<SendEmailCommandInput>) => local.clients('mailer').ses.send(mail(more)), count }
}

describe('a sender', () => {
  test.each(['orders@example.com', 'example.com', 'EXAMPLE.com', 'com'])(
    'is verified by the identity %s',
    async (name) => {
      const { send, count } = await account([{ name }])
      await send()
      expect(await count()).toBe(1)
    },
  )

  test.each([[[]], [['other@example.com']], [['ample.com']], [['shop.example.com']]])(
    'is refused where only %j is verified',
    async (names) => {
      const { send, count } = await account(names.map((name) => ({ name })))
      await expect(send()).rejects.toMatchObject({
        name: 'MessageRejected',
        message: `Email address is not verified. The following identities failed the check in region ${REGION.toUpperCase()}: orders@example.com`,
        $metadata: { httpStatusCode: 400 },
      })
      expect(await count()).toBe(0)
    },
  )
})

describe('a configuration set', () => {
  const withDefault = [{ name: 'example.com', configurationSet: 'my-first-configuration-set' }]
  const onIdentity = allow('ses:SendEmail', arn('identity/*'))

  test('that is the default of the identity needs a grant of its own', async () => {
    const { send, count } = await account(withDefault, [onIdentity])
    await expect(send()).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        `not authorized to perform: ses:SendEmail on resource: ${arn('configuration-set/my-first-configuration-set')}`,
      ),
    })
    expect(await count()).toBe(0)
  })

  test('that is granted lets the mail go, under the same condition as the identity', async () => {
    const conditions = { StringEquals: { 'ses:FromAddress': ['orders@example.com'] } }
    const onBoth = allow('ses:SendEmail', [arn('identity/*'), arn('configuration-set/*')], { conditions })
    const { send, count } = await account(withDefault, [onBoth])
    await send()
    await expect(send({ Source: 'other@example.com' })).rejects.toMatchObject({ name: 'AccessDenied' })
    expect(await count()).toBe(1)
  })

  test('that the account does not have is refused', async () => {
    const { send } = await account(withDefault)
    await expect(send({ ConfigurationSetName: 'none' })).rejects.toMatchObject({
      name: 'ConfigurationSetDoesNotExistException',
    })
    await send({ ConfigurationSetName: 'my-first-configuration-set' })
  })

  test('is not asked for where neither the mail nor its identity has one', async () => {
    const { send, count } = await account([{ name: 'example.com' }], [onIdentity])
    await send()
    expect(await count()).toBe(1)
  })
})
