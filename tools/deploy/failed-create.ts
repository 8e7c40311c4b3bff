import { awsFailure } from '../../console/api-client/aws-failure.ts'
import { clientSettings } from '../../console/api-client/stack.ts'
import type { Asked } from './asked.ts'
import type { Deployed } from './deployed.ts'

type Say = (text: string) => void

/**
 * Makes a stack deletable whose first deploy failed; the CDK deletes it and creates it again. The CDK protects a stack
 * before it creates the resources, so the failed stack is protected, too. Tables that it created refuse deletion, and the
 * rollback could not remove them. Older tables, which the deploy adopted, stay protected.
 */
export async function releaseFailedCreate(asked: Asked, deployed: Deployed, say: Say): Promise<void> {
  const { stack, profile } = asked
  say(
    `${stack} was never complete: its first deploy failed (${deployed.status}). The CDK deletes what is left of it and creates it again.`,
  )
  try {
    if (deployed.isProtected) {
      await unprotectStack(asked)
      say(`Its termination protection is switched off for that. The deploy switches it on again.`)
    }
    if (deployed.status === 'ROLLBACK_FAILED') await unprotectTables(asked, deployed, say)
  } catch (error) {
    throw awsFailure(error, { name: stack, profile, doing: `remove the protection of ${stack}` })
  }
}

async function unprotectStack({ stack, profile }: Asked): Promise<void> {
  const { CloudFormationClient, UpdateTerminationProtectionCommand } = await import('@aws-sdk/client-cloudformation')
  await new CloudFormationClient(clientSettings({ profile })).send(
    new UpdateTerminationProtectionCommand({ StackName: stack, EnableTerminationProtection: false }),
  )
}

async function unprotectTables(asked: Asked, { createdAt }: Deployed, say: Say): Promise<void> {
  const { DescribeTableCommand, DynamoDBClient, UpdateTableCommand } = await import('@aws-sdk/client-dynamodb')
  const client = new DynamoDBClient(clientSettings(asked))
  for (const TableName of await undeletedTables(asked)) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }))
    if (!Table?.DeletionProtectionEnabled) continue
    if ((Table.CreationDateTime ?? new Date(0)) < createdAt) {
      say(`The table ${TableName} is older than the stack. It stays, and the deploy adopts it.`)
      continue
    }
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }))
    say(`The deletion protection of the table ${TableName}, which the failed deploy created, is switched off.`)
  }
}

/** Names of the tables that the rollback could not delete. */
async function undeletedTables({ stack, profile }: Asked): Promise<string[]> {
  const { CloudFormationClient, DescribeStackResourcesCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(clientSettings({ profile }))
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: stack }))
  return StackResources.flatMap(({ ResourceType, ResourceStatus, PhysicalResourceId }) =>
    ResourceType === 'AWS::DynamoDB::Table' && ResourceStatus === 'DELETE_FAILED' && PhysicalResourceId
      ? [PhysicalResourceId]
      : [],
  )
}
