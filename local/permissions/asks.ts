import type { Call } from '../gateway/call.ts'
import type { LambdaFunction, Role, StackModel } from '../model.ts'
import type { Context } from './conditions.ts'
import { dynamoAsks, streamAsks } from './dynamodb-asks.ts'
import { kmsAsks } from './kms-asks.ts'
import type { Need } from './need.ts'
import { sesAsks } from './ses-asks.ts'
import { sqsAsks } from './sqs-asks.ts'
import { withStorageKeys } from './storage-key-asks.ts'

/** The permissions that AWS demands for a call, in the order in which it names them. */
export function needsOf(call: Call, model: StackModel): readonly Need[] {
  return withStorageKeys(ownNeeds(call, model), model)
}

function ownNeeds(call: Call, model: StackModel): readonly Need[] {
  switch (call.service) {
    case 'dynamodb':
      return dynamoAsks(call, model)
    case 'dynamodbstreams':
      return streamAsks(call, model)
    case 'sqs':
      return sqsAsks(call, model)
    case 'ses':
      return sesAsks(call, model)
    case 'lambda':
      return lambdaNeeds(call, model)
    case 'cloudwatch':
      return cloudWatchNeeds(call, model)
    case 'kms':
      return kmsAsks(call, model)
  }
}

/** The loopback connection counts as TLS: nobody can listen in, and the local endpoint has no certificate. */
export function commonContext(model: StackModel, role: Role | undefined, fn: LambdaFunction, region: string): Context {
  return {
    'aws:SecureTransport': ['true'],
    'aws:PrincipalArn': [role?.arn ?? fn.roleArn],
    'aws:PrincipalAccount': [model.accountId],
    'aws:PrincipalType': ['AssumedRole'],
    'aws:PrincipalIsAWSService': ['false'],
    'aws:ViaAWSService': ['false'],
    'aws:ResourceAccount': [model.accountId],
    'aws:RequestedRegion': [region],
  }
}

function lambdaNeeds({ operation, input }: Call, { region, accountId, mappings }: StackModel): Need[] {
  const arn = (kind: string, id: string) => `arn:aws:lambda:${region}:${accountId}:${kind}:${id}`
  const target = String(input.target)
  // The function that the mapping invokes after the call.
  const name = input.FunctionName ?? mappings.find(({ logicalId }) => logicalId === target)?.functionName
  const invoked =
    name === undefined ? {} : { 'lambda:FunctionArn': [arn('function', String(name).replace(/^.*:/, ''))] }
  return operation === 'Invoke'
    ? [
        {
          action: 'lambda:InvokeFunction',
          resources: [arn('function', target.replace(/^.*:/, ''))],
          context: () => ({}),
        },
      ]
    : [{ action: `lambda:${operation}`, resources: [arn('event-source-mapping', target)], context: () => invoked }]
}

/** Metrics have no ARNs: a caller that may read one may read all. */
function cloudWatchNeeds({ operation }: Call, { region, accountId }: StackModel): Need[] {
  const resource = operation === 'DescribeAlarms' ? `arn:aws:cloudwatch:${region}:${accountId}:alarm:*` : '*'
  return [{ action: `cloudwatch:${operation}`, resources: [resource], context: () => ({}) }]
}
