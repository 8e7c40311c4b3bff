import { type SESClient, SendEmailCommand } from '@aws-sdk/client-ses'
import type { Mail, Mailer } from '../../shared/define/services.ts'

/** Sends through Amazon SES. SES has no idempotency key; the tag lets a person find the tries of one job. */
export function sesMailer(client: SESClient, sender: string): Mailer {
  return {
    async send({ to, subject, text, html, idempotencyKey }, signal) {
      // Half a character, from a text that a job cut in two, would be a URIError in the SDK on every try.
      await client.send(
        new SendEmailCommand({
          Source: sender,
          Destination: { ToAddresses: [to] },
          Message: {
            // One line, whatever came into it: a line break would start a header of somebody else's making.
            Subject: { Data: subject.replace(/[\s\p{Cc}]+/gu, ' ').toWellFormed(), Charset: 'UTF-8' },
            Body: {
              Text: { Data: text.toWellFormed(), Charset: 'UTF-8' },
              Html: html === undefined ? undefined : { Data: html.toWellFormed(), Charset: 'UTF-8' },
            },
          },
          Tags: [{ Name: 'idempotency-key', Value: idempotencyKey.replace(/[^A-Za-z0-9_-]/g, '_') }],
        }),
        { abortSignal: signal },
      )
    },
  }
}

/** For a stage without a sender: the mail is only logged, without its text. Deploy and README say so. */
export function loggingMailer(log: (message: string, details: Record<string, unknown>) => void): Mailer {
  return {
    async send({ subject, idempotencyKey }: Mail) {
      log('Mail not sent: this stage has no sender. Deploy with -c mailSender=<verified address> to send it.', {
        subject,
        idempotencyKey,
      })
    },
  }
}
