import type { Statement } from '../model.ts'

/**
 * AWS's own managed policies are not in a template. Of those that templates for functions attach, these grant something
 * that the local endpoint speaks; the others below grant nothing of it.
 */
const GRANTS: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaSQSQueueExecutionRole': ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  'service-role/AWSLambdaDynamoDBExecutionRole': [
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
    'dynamodb:ListStreams',
  ],
  'service-role/AWSLambdaBasicExecutionRole': [],
  'service-role/AWSLambdaVPCAccessExecutionRole': [],
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': [],
  AdministratorAccess: ['*'],
  AmazonDynamoDBFullAccess: ['dynamodb:*'],
  AmazonSESFullAccess: ['ses:*'],
  AmazonSQSFullAccess: ['sqs:*'],
  AWSXRayDaemonWriteAccess: [],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
}

/** The statements of an AWS managed policy, `undefined` if it is none of those known here. */
export function managedStatements(policyArn: string): Statement[] | undefined {
  const actions = GRANTS[policyArn.replace(/^.*:policy\//, '')]
  if (!actions) return undefined
  return actions.length === 0 ? [] : [{ effect: 'Allow', actions, resources: ['*'], conditions: {} }]
}
