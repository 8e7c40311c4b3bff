import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { listIndex, uniqueItems } from '../../shared/lib/names.ts'

/** Permission of a function: actions on these ARNs, under these conditions. */
export interface Grant {
  readonly actions: readonly string[]
  readonly on: readonly string[]
  /** As in IAM: operator → key → value. @default - always */
  readonly when?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface TableArns {
  readonly records: string
  readonly outbox: string
  readonly outboxStream: string
  readonly effects: string
  /** KMS key of a records table of the adopter. `undefined` if AWS owns the key. */
  readonly recordsKey: string | undefined
}

/** Converts a grant to an IAM statement. The CDK spreads the statements of a large policy over several policies. */
export function statementOf({ actions, on, when }: Grant): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...on],
    conditions: when,
  })
}

export const dynamodb = (...actions: string[]) => actions.map((action) => `dynamodb:${action}`)
export const sqs = (...actions: string[]) => actions.map((action) => `sqs:${action}`)

/** A transaction has no action of its own: each of its writes needs the action of that write alone. */
export const readAndWrite = dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem')

/** Lets a function make a change depend on how far a job is. */
export const jobCheckGrant = ({ effects }: Pick<TableArns, 'effects'>): Grant => ({
  on: [effects],
  actions: dynamodb('ConditionCheckItem'),
})

/** Lets a function put a debounced job off, with another payload. */
export const putOffGrant = ({ outbox }: Pick<TableArns, 'outbox'>): Grant => ({
  on: [outbox],
  actions: dynamodb('UpdateItem'),
})

/**
 * Lets a function write unique jobs: it reads which job of a key stands, takes the key, and makes its change depend on the job.
 * In the effects table it can write nothing but the items of keys.
 */
export function uniqueKeyGrants({ effects }: TableArns): Grant[] {
  return [
    { on: [effects], actions: dynamodb('GetItem') },
    jobCheckGrant({ effects }),
    {
      on: [effects],
      actions: dynamodb('PutItem'),
      when: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': `${uniqueItems}*` } },
    },
  ]
}

/** Allows queries of an index of the table. */
export function queryGrant(table: string, { name }: { readonly name: string }): Grant {
  return { on: [`${table}/index/${name}`], actions: dynamodb('Query') }
}

export const listGrant = ({ records }: TableArns): Grant => queryGrant(records, listIndex)

/**
 * The grants, with that of the key of a table that they touch. A records table of the adopter may have a key of its own, and
 * DynamoDB uses it on behalf of each caller: a function that touches the table needs the key, too.
 */
export function withTableKeys(grants: readonly Grant[], { records, recordsKey }: TableArns): Grant[] {
  const touches = (arn: string) => arn === records || arn.startsWith(`${records}/`)
  return recordsKey !== undefined && grants.some(({ on }) => on.some(touches))
    ? [...grants, throughDynamoDb(recordsKey)]
    : [...grants]
}

function throughDynamoDb(key: string): Grant {
  const actions = [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ]
  return { on: [key], actions, when: { StringLike: { 'kms:ViaService': 'dynamodb.*' } } }
}
