import type { SESClient, SendEmailCommand } from '@aws-sdk/client-ses'
import { expect, it } from 'vitest'
import { sesMailer } from '../../functions/aws/mailer.ts'

it('tags a mail with its key in the characters that SES takes, also for a job of a group', async () => {
  const sent: SendEmailCommand[] = []
  const client = { send: async (command: SendEmailCommand) => sent.push(command) } as unknown as SESClient
  const mail = { to: 'a@example.com', subject: 's', text: 't', idempotencyKey: 'shop.1:a@b=c+d~0190-7' }
  await sesMailer(client, 'shop@example.com').send(mail, new AbortController().signal)
  expect(sent[0]?.input.Tags).toEqual([{ Name: 'idempotency-key', Value: 'shop_1_a_b_c_d_0190-7' }])
})

it('has a subject of one line, so that nobody can add a header to it', async () => {
  const sent: SendEmailCommand[] = []
  const client = { send: async (command: SendEmailCommand) => sent.push(command) } as unknown as SESClient
  const mail = { to: 'a@example.com', subject: 'Hi\r\nBcc: thief@example.com\u0000', text: 't', idempotencyKey: 'k' }
  await sesMailer(client, 'shop@example.com').send(mail, new AbortController().signal)
  expect(sent[0]?.input.Message?.Subject?.Data).toBe('Hi Bcc: thief@example.com ')
})
