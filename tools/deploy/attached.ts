import { awsFailure } from '../../console/api-client/aws-failure.ts'
import { signer } from '../../console/api-client/sign.ts'
import { clientSettings } from '../../console/api-client/stack.ts'
import type { Asked } from './asked.ts'
import type { Outputs } from './next-steps.ts'

/** An identity to which a managed policy of the stack is attached. */
export interface Attachment {
  readonly kind: 'role' | 'user' | 'group'
  readonly name: string
  readonly policyArn: string
}

/** The identities to which the stack's policies are attached. IAM refuses to delete an attached policy. */
export async function attachmentsOf(asked: Asked, outputs: Outputs): Promise<Attachment[]> {
  const policies = Object.values(outputs).filter((value) => /^arn:[^:]+:iam::\d+:policy\//.test(value))
  return (await Promise.all(policies.map((policyArn) => attachmentsOfPolicy(asked, policyArn)))).flat()
}

/** IAM has one endpoint per partition. */
const endpoints: Readonly<Record<string, { readonly url: string; readonly region: string }>> = {
  aws: { url: 'https://iam.amazonaws.com/', region: 'us-east-1' },
  'aws-cn': { url: 'https://iam.cn-north-1.amazonaws.com.cn/', region: 'cn-north-1' },
  'aws-us-gov': { url: 'https://iam.us-gov.amazonaws.com/', region: 'us-gov-west-1' },
}

/** One call by hand: the SDK's client of IAM would be a dependency for it alone. */
async function attachmentsOfPolicy({ stack, profile }: Asked, policyArn: string): Promise<Attachment[]> {
  const { url, region } = endpoints[policyArn.split(':')[1] ?? ''] ?? endpoints.aws!
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL_IAM ?? process.env.AWS_ENDPOINT_URL ?? url)
  const body = new URLSearchParams({ Action: 'ListEntitiesForPolicy', Version: '2010-05-08', PolicyArn: policyArn })
  const request = {
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  }
  const sign = signer({ service: 'iam', credentials: await credentialsOf(profile), region, now: () => new Date() })
  try {
    const response = await fetch(endpoint, {
      ...request,
      headers: await sign(request, endpoint),
      signal: AbortSignal.timeout(15_000),
    })
    // A deployer may not be allowed to list them; then CloudFormation reports what it cannot delete.
    return response.ok ? entitiesIn(await response.text(), policyArn) : []
  } catch (error) {
    throw awsFailure(error, { name: stack, profile, doing: `list the identities with the policy ${policyArn}` })
  }
}

async function credentialsOf(profile: string | undefined) {
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation')
  return new CloudFormationClient(clientSettings({ profile })).config.credentials
}

function entitiesIn(xml: string, policyArn: string): Attachment[] {
  return [...xml.matchAll(/<(Role|User|Group)Name>([^<]+)</g)].map(([, kind = '', name = '']) => ({
    kind: kind.toLowerCase() as Attachment['kind'],
    name,
    policyArn,
  }))
}
