/** Who calls: nobody in particular on this machine, the AWS credentials of this shell at a deployed API, or a token. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import type { ApiEndpoint } from '../../../console/api-client/endpoint.ts'
import { signer } from '../../../console/api-client/sign.ts'

export type Sign = NonNullable<ApiEndpoint['sign']>

const deployed = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/

/**
 * How requests to an API are signed: with OUTBOX_TOKEN where there is one; with AWS credentials at API Gateway's own
 * host names, and at another (a domain of your own) where API_REGION says so; otherwise not.
 */
export function identityFor(apiUrl: string, { OUTBOX_TOKEN, API_REGION }: NodeJS.ProcessEnv): Sign | undefined {
  if (OUTBOX_TOKEN) return async () => ({ authorization: `Bearer ${OUTBOX_TOKEN}` })
  const region = API_REGION ?? (apiUrl ? deployed.exec(new URL(apiUrl).hostname)?.[1] : undefined)
  if (!region) return undefined
  const { credentials } = new CloudFormationClient({ region }).config
  return signer({ region, credentials: () => credentials(), now: () => new Date() })
}
