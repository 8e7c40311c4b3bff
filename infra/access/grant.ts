import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { batchItems, listIndex, uniqueItems } from '../../shared/lib/names.ts'

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

/** Lets a function put a debounced job off, with another payload. */
export const putOffGrant = ({ outbox }: Pick<TableArns, 'outbox'>): Grant => ({
  on: [outbox],
  actions: dynamodb('UpdateItem'),
})

/** Lets a function take unique keys. In the effects table it can put nothing but their items. */
export const takeKeyGrant = ({ effects }: Pick<TableArns, 'effects'>): Grant => ({
  on: [effects],
  actions: dynamodb('PutItem'),
  when: leadingKeys(uniqueItems),
})

/** Lets a function write unique jobs: it reads which job of a key stands, takes the key, and makes its change depend on the job. */
export function uniqueKeyGrants(tables: TableArns): Grant[] {
  return [{ on: [tables.effects], actions: dynamodb('GetItem', 'ConditionCheckItem') }, takeKeyGrant(tables)]
}

/** Restricts a grant to items whose keys begin with a text. */
function leadingKeys(start: string): Grant['when'] {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': `${start}*` } }
}

/** Lets a function use the items of batches, and nothing else in the effects table. */
export function batchGrant({ effects }: Pick<TableArns, 'effects'>, ...actions: string[]): Grant {
  return {
    on: [effects],
    actions: dynamodb(...actions),
    when: leadingKeys(batchItems),
  }
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
