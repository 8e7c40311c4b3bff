import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import {
  GetAccountSendingEnabledCommand,
  GetIdentityVerificationAttributesCommand,
  GetSendQuotaCommand,
  type SESClient,
} from '@aws-sdk/client-ses'
import type { Finding } from '../finding.ts'
import { ofType, type Resource } from './resources.ts'

/** Mails a day that SES allows in the sandbox. */
const sandboxQuota = 200

/**
 * Whether SES would send mails of the configured sender: its address or its domain is verified, the account may send, is out
 * of the sandbox, and has not used up its day.
 */
export async function mail(
  lambda: Pick<LambdaClient, 'send'>,
  ses: Pick<SESClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const consumer = ofType(resources, 'AWS::Lambda::Function').find((name) => name.includes('-consume-'))
  if (!consumer) return { state: 'skip', found: 'the stack has no consumer' }
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: consumer }))
  const sender = Environment?.Variables?.MAIL_SENDER
  if (!sender)
    return {
      state: 'warn',
      found: 'mails are logged, not sent',
      next: 'Deploy with an address that SES has verified: -c mailSender=…, or the prop mailSender of the construct',
    }
  const Identities = [sender, sender.split('@')[1] ?? sender]
  const { VerificationAttributes = {} } = await ses.send(new GetIdentityVerificationAttributesCommand({ Identities }))
  const verified = Identities.find((identity) => VerificationAttributes[identity]?.VerificationStatus === 'Success')
  if (verified) return account(ses, verified)
  return {
    state: 'fail',
    found: `SES has not verified ${sender}`,
    next: `aws ses verify-email-identity --email-address ${sender}`,
  }
}

async function account(ses: Pick<SESClient, 'send'>, verified: string): Promise<Omit<Finding, 'check'>> {
  const [{ Enabled }, { Max24HourSend: most = 0, MaxSendRate: rate = 0, SentLast24Hours: sent = 0 }] =
    await Promise.all([ses.send(new GetAccountSendingEnabledCommand({})), ses.send(new GetSendQuotaCommand({}))])
  const quota = `${verified} is verified; ${sent} of ${most} mails in 24 hours, ${rate} a second`
  if (Enabled === false)
    return {
      state: 'fail',
      found: 'SES has stopped all mails of this account in this region',
      next: 'Bounces or complaints were too many, or somebody switched it off: see the SES console, *Account dashboard*',
    }
  // -1: no limit.
  if (most >= 0 && most <= sandboxQuota)
    return {
      state: 'warn',
      found: `SES sandbox: ${quota}, and only to verified recipients`,
      next: 'Request production access in the SES console, *Account dashboard*',
    }
  if (most >= 0 && sent >= most)
    return { state: 'warn', found: quota, next: 'The quota is used up: mails wait. Raise it in Service Quotas' }
  return { state: 'ok', found: quota }
}
