/** A records table with a key of its own: every role that touches the table may use the key, and no other role may. */
import { App, Stack } from 'aws-cdk-lib'
import { AttributeType, Table, TableEncryption, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { OutboxRelay } from '../../infra/outbox-relay.ts'
import type { AnyTable } from '../../infra/storage/records-table.ts'
import { defineApplication } from '../../shared/define/application.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineLane } from '../../shared/define/lane.ts'
import type { Props } from './support/template.ts'

const limits = { timeoutSeconds: 15, memoryMb: 128, batchSize: 10, maximumConcurrency: 10, lateAfterSeconds: 60 }
const lanes = [
  defineLane({
    ...limits,
    ...{ name: 'default', kind: 'standard', circuitBreaker: { failures: 5, withinSeconds: 60 } },
  }),
  defineLane({ ...limits, name: 'ordered', kind: 'ordered' }),
]
const schema = z.object({ user: z.string() })
const key = ({ user }: { user: string }) => user
const jobs = [
  defineJob({ type: 'plain', schema, run() {} }),
  defineJob({ type: 'unique', schema, unique: { key, until: 'started' }, run() {} }),
  defineJob({ type: 'last', schema, debounce: { key, seconds: 5 }, run() {} }),
]
const application = defineApplication({ module: import.meta.url, jobs, lanes })

const keys = {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
}
const arnOf = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:111122223333:${resource}`

/** By role: whether it touches the records table, and the keys that it may decrypt with, through DynamoDB or also otherwise. */
function rolesWith(tableOf: (stack: Stack) => AnyTable) {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } })
  const stack = new Stack(app, 'Shop', { env: { account: '111122223333', region: 'eu-west-1' } })
  const recordsTable = tableOf(stack)
  const outbox = new OutboxRelay(stack, 'Outbox', { application, recordsTable, stage: 'dev', secretsKey: false })
  const code = Code.fromInline('exports.handler = () => {}')
  const own = new LambdaFunction(stack, 'Own', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code })
  outbox.grantCommit(own)
  const resources: Record<string, Props> = app.synth().getStackByName('Shop').template.Resources
  const tableArn = JSON.stringify(stack.resolve(recordsTable.tableArn))
  const policies = Object.values(resources).filter(({ Type }) =>
    ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type),
  )
  return policies.map(({ Properties }) => {
    const statements: Props[] = Properties.PolicyDocument.Statement
    const on = ({ Resource }: Props) => JSON.stringify(Resource)
    return {
      role: Properties.Roles?.[0].Ref as string,
      touches: statements.some((statement) => on(statement).includes(tableArn)),
      decrypts: statements
        .filter(({ Action }) => [Action].flat().includes('kms:Decrypt'))
        .map(({ Resource, Condition }) => [Resource, Condition]),
      keyArn: recordsTable.encryptionKey && stack.resolve(recordsTable.encryptionKey.keyArn),
    }
  })
}

describe.each<[string, (stack: Stack) => AnyTable]>([
  [
    'a table with a customer key',
    (stack) => new Table(stack, 'T', { ...keys, encryption: TableEncryption.CUSTOMER_MANAGED }),
  ],
  [
    'a table with a key of another construct',
    (stack) => new Table(stack, 'T', { ...keys, encryptionKey: new Key(stack, 'K') }),
  ],
  [
    'a global table with a key',
    (stack) =>
      new TableV2(stack, 'T', { ...keys, encryption: TableEncryptionV2.customerManagedKey(new Key(stack, 'K')) }),
  ],
  [
    'an imported table with an imported key',
    (stack) =>
      Table.fromTableAttributes(stack, 'T', {
        tableArn: arnOf('dynamodb', 'table/orders'),
        encryptionKey: Key.fromKeyArn(stack, 'K', arnOf('kms', 'key/0198a000')),
      }),
  ],
])('%s', (_, tableOf) => {
  const roles = rolesWith(tableOf)

  test('is used by the API, the consumers, the circuit breaker and a function that commits', () => {
    const touching = roles.filter(({ touches }) => touches).map(({ role }) => role)
    expect(touching).toHaveLength(5)
    for (const part of [/Api/, /Lanedefault/, /Laneordered/, /Breakers/, /^Own/])
      expect(touching).toContainEqual(expect.stringMatching(part))
  })

  test.each(roles.map((role) => [role.role, role] as const))('%s has the key if it touches the table', (__, role) => {
    const { touches, decrypts, keyArn } = role
    expect(decrypts).toEqual(touches ? [[keyArn, { StringLike: { 'kms:ViaService': 'dynamodb.*' } }]] : [])
  })
})

test('a table whose key AWS owns needs no grant of a key', () => {
  for (const { decrypts } of rolesWith((stack) => new Table(stack, 'T', keys))) expect(decrypts).toEqual([])
})
