import { awsFailure } from '../../console/api-client/aws-failure.ts'
import { clientSettings } from '../../console/api-client/stack.ts'
import type { Asked } from './asked.ts'
import type { Outputs } from './next-steps.ts'

/** The stack as CloudFormation describes it before the command. */
export interface Deployed {
  readonly status: string
  readonly isProtected: boolean
  readonly createdAt: Date
  readonly outputs: Outputs
}

/** Describes the stack. `undefined` if there is none, or if these credentials may not see it. */
export async function deployedStack({ stack, profile }: Asked): Promise<Deployed | undefined> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(clientSettings({ profile }))
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }))
    if (!found) return undefined
    const outputs = (found.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])
    return {
      status: found.StackStatus ?? '',
      isProtected: found.EnableTerminationProtection ?? false,
      createdAt: found.CreationTime ?? new Date(),
      outputs: Object.fromEntries(outputs),
    }
  } catch (error) {
    const { name = '', message = '' } = error as Error
    if (/does not exist/.test(message) || /AccessDenied/.test(name)) return undefined
    throw awsFailure(error, { name: stack, profile, doing: `look up ${stack}` })
  }
}

/** Whether the first deploy of the stack failed. Such a stack has never run, and CloudFormation cannot update it. */
export function neverComplete({ status }: Deployed): boolean {
  return status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED'
}
