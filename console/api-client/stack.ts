/** A deployed stack: found by its name, called with the operator's own credentials. */
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { awsFailure } from './aws-failure.ts'
import type { ApiEndpoint } from './endpoint.ts'
import { exit, Failure } from './failure.ts'
import { signer } from './sign.ts'

export interface StackName {
  readonly name: string
  readonly region?: string
  readonly profile?: string
}

/** Settings of every client of AWS. Without time limits, a lost connection would hold a command for minutes. */
export function clientSettings({ region, profile }: Pick<StackName, 'region' | 'profile'>) {
  return {
    region: region || undefined,
    profile: profile || undefined,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  }
}

/** Asks CloudFormation where the stack's API is. The client's own configuration says who we are, and where. */
export async function findStack(asked: StackName, now: () => Date, flags: string): Promise<ApiEndpoint> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(clientSettings(asked))
  try {
    const region = await client.config.region()
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: asked.name }))
    const url = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'ApiUrl')?.OutputValue
    if (!url) throw noApi(asked.name, Stacks?.[0]?.StackStatus)
    return { url: url.replace(/\/$/, ''), flags, sign: signer({ region, now, credentials: identity(client, asked) }) }
  } catch (error) {
    throw awsFailure(error, { ...asked, doing: `look up the stack ${asked.name}` })
  }
}

function identity(client: CloudFormationClient, asked: StackName) {
  return async () => {
    try {
      return await client.config.credentials()
    } catch (error) {
      throw awsFailure(error, { ...asked, doing: 'sign a request' })
    }
  }
}

function noApi(name: string, status = 'gone'): Failure {
  const next = 'Wait for its deploy to end, or choose another with --stage or --stack'
  return new Failure(exit.unreachable, `Stack ${name} (${status}) has no output ApiUrl. ${next}`)
}
