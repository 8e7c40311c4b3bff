import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { GetIdentityVerificationAttributesCommand, type SESClient } from '@aws-sdk/client-ses'
import type { Finding } from '../finding.ts'
import { ofType, type Resource } from './resources.ts'

/** Whether SES would send mails of the configured sender: its address or its domain must be verified. */
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
  if (verified) return { state: 'ok', found: `SES has verified ${verified}` }
  return {
    state: 'fail',
    found: `SES has not verified ${sender}`,
    next: `aws ses verify-email-identity --email-address ${sender}`,
  }
}
