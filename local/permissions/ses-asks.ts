import type { Call } from '../gateway/call.ts'
import { configurationSetOf, domainOf, senderOf } from '../gateway/ses-identities.ts'
import type { StackModel } from '../model.ts'
import type { Need } from './need.ts'

/** SES asks for the sender's identity, and for the mail's configuration set: the one it names, or the identity's default. */
export function sesAsks({ operation, input }: Call, model: StackModel): Need[] {
  const { address, displayName } = senderOf(input)
  const arn = (kind: string, name: string) => `arn:aws:ses:${model.region}:${model.accountId}:${kind}/${name}`
  const recipients = Object.entries(input).filter(([key]) => key.startsWith('Destination.'))
  const context = () => ({
    'ses:FromAddress': [address],
    ...(displayName ? { 'ses:FromDisplayName': [displayName] } : {}),
    ...(typeof input.ReturnPath === 'string' ? { 'ses:FeedbackAddress': [input.ReturnPath] } : {}),
    'ses:Recipients': recipients.map(([, value]) => String(value)),
  })
  const identities = [arn('identity', address), arn('identity', domainOf(address))]
  const set = configurationSetOf(model, input)
  const resources = [identities, ...(set === undefined ? [] : [[arn('configuration-set', set)]])]
  return resources.map((oneOf) => ({ action: `ses:${operation}`, resources: oneOf, context }))
}
