/** What an adopter may have around the outbox: tables of all kinds, stages, boundaries, tags, other outboxes. */
import { App, type Environment, Stack, Stage, Tags } from 'aws-cdk-lib'
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import {
  AttributeType,
  Billing,
  BillingMode,
  Capacity,
  MultiRegionConsistency,
  Table,
  TableEncryption,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb'
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { OutboxRelay } from '../../infra/outbox-relay.ts'
import type { OutboxRelayProps } from '../../infra/outbox-relay-props.ts'
import { defineApplication } from '../../shared/define/application.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineRecord } from '../../shared/define/record.ts'
import type { Props } from './support/template.ts'

const job = defineJob({ type: 'a-job', schema: z.object({}), run() {} })
const application = defineApplication({ module: import.meta.url, jobs: [job] })
const order = defineRecord({
  name: 'order',
  schema: z.object({ id: z.string(), jobs: z.array(z.object({ id: z.string() })) }),
  key: ({ id }: { id: string }) => ({ pk: id, sk: 'order' }),
  listed: () => 'orders',
})
const listing = defineApplication({ ...application, jobOwners: [{ record: order, path: '/orders' }] })
const env: Environment = { account: '111111111111', region: 'eu-west-1' }
const elsewhere: Environment = { account: '111111111111', region: 'us-east-1' }
const text = (name: string) => ({ name, type: AttributeType.STRING })
const keys = { partitionKey: text('pk'), sortKey: text('sk') }

const newApp = () => new App({ context: { 'aws:cdk:bundling-stacks': [] } })
const outboxIn = (stack: Stack, props: Partial<OutboxRelayProps> = {}, id = 'Outbox') =>
  new OutboxRelay(stack, id, { application, ...props })

/** The templates of an app with a stack whose outbox has a records table. */
function synthWith(
  tableOf: (stack: Stack, app: App) => OutboxRelayProps['recordsTable'],
  props: Partial<OutboxRelayProps> = {},
) {
  const app = newApp()
  const stack = new Stack(app, 'Shop', { env })
  const outbox = outboxIn(stack, { recordsTable: tableOf(stack, app), ...props })
  outbox.grantCommit(
    new LambdaFunction(stack, 'F', { code: Code.fromInline('x'), handler: 'x', runtime: Runtime.NODEJS_24_X }),
  )
  return app.synth().stacks.map(({ template }) => template as Props)
}

describe('a records table', () => {
  test.each<[string, Parameters<typeof synthWith>[0]]>([
    ['with provisioned capacity', (stack) => new Table(stack, 'T', { ...keys, billingMode: BillingMode.PROVISIONED })],
    ['of the class TableV2', (stack) => new TableV2(stack, 'T', keys)],
    [
      'of the class TableV2 with provisioned capacity',
      (stack) =>
        new TableV2(stack, 'T', {
          ...keys,
          billing: Billing.provisioned({
            readCapacity: Capacity.fixed(5),
            writeCapacity: Capacity.autoscaled({ maxCapacity: 9 }),
          }),
        }),
    ],
    ['with replicas', (stack) => new TableV2(stack, 'T', { ...keys, replicas: [{ region: 'us-east-1' }] })],
    ['imported by its name', (stack) => Table.fromTableName(stack, 'T', 'orders')],
    [
      'imported by its ARN',
      (stack) => Table.fromTableArn(stack, 'T', 'arn:aws:dynamodb:eu-west-1:111111111111:table/orders'),
    ],
    ['of another stack', (_, app) => new Table(new Stack(app, 'Data', { env }), 'T', keys)],
  ])('%s is taken, and no second one is made', (_, table) => {
    const tables = synthWith(table).flatMap(({ Resources }) =>
      Object.values<Props>(Resources).filter(({ Type }) => /^AWS::DynamoDB::(Global)?Table$/.test(Type)),
    )
    expect(tables.map(({ Properties }) => Properties.TableName)).not.toContain('Shop-records')
  })

  test.each<[string, Parameters<typeof synthWith>[0]]>([
    [
      'Table',
      (stack) =>
        new Table(stack, 'T', {
          ...keys,
          encryption: TableEncryption.CUSTOMER_MANAGED,
          encryptionKey: new Key(stack, 'K'),
        }),
    ],
    [
      'TableV2',
      (stack) =>
        new TableV2(stack, 'T', { ...keys, encryption: TableEncryptionV2.customerManagedKey(new Key(stack, 'K')) }),
    ],
  ])('with a key of the adopter (%s) lets each role that uses the table use its key', (_, table) => {
    const [template] = synthWith(table)
    const statements = Object.values<Props>(template?.Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::IAM::Policy' ? [JSON.stringify(Properties.PolicyDocument.Statement)] : [],
    )
    const ofTable = statements.filter((policy) => /"T[0-9A-F]{8}","Arn"/.test(policy))
    expect(ofTable.length).toBeGreaterThan(2)
    for (const policy of ofTable) expect(policy).toMatch(/kms:Decrypt.*"K[0-9A-F]{8}","Arn"/)
  })

  test.each<[string, Parameters<typeof synthWith>[0], RegExp]>([
    [
      'has other keys',
      (stack) => new Table(stack, 'T', { partitionKey: text('id') }),
      /has the key id \(S\); it must have pk/,
    ],
    [
      'of the class TableV2 has other keys',
      (stack) => new TableV2(stack, 'T', { partitionKey: text('id') }),
      /has the key id \(S\)/,
    ],
    [
      'has a number as its key',
      (stack) => new TableV2(stack, 'T', { ...keys, sortKey: { name: 'sk', type: AttributeType.NUMBER } }),
      /has the key pk \(S\) and sk \(N\)/,
    ],
    [
      'is imported from another Region',
      (stack) => Table.fromTableArn(stack, 'T', 'arn:aws:dynamodb:us-east-1:111111111111:table/orders'),
      /is in the Region us-east-1, and the outbox in eu-west-1; no transaction/,
    ],
    [
      'is imported from another account',
      (stack) => Table.fromTableArn(stack, 'T', 'arn:aws:dynamodb:eu-west-1:222222222222:table/orders'),
      /is in the account 222222222222, and the outbox in 111111111111/,
    ],
    [
      'is of a stack in another Region',
      (_, app) => new Table(new Stack(app, 'Data', { env: elsewhere }), 'T', { ...keys, tableName: 'orders' }),
      /is in the Region us-east-1/,
    ],
    [
      'has multi-Region strong consistency',
      (stack) =>
        new TableV2(stack, 'T', {
          ...keys,
          replicas: [{ region: 'eu-central-1' }, { region: 'eu-west-2' }],
          multiRegionConsistency: MultiRegionConsistency.STRONG,
        }),
      /has no transactions/,
    ],
  ])('that %s is refused in one line', (_, table, problem) => {
    expect(() => synthWith(table)).toThrow(problem)
    expect(() => synthWith(table)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.not.stringContaining('\n') }),
    )
  })

  test('of the class TableV2 needs the index of records that are listed', () => {
    const index = { indexName: 'listed', partitionKey: text('_listed'), sortKey: text('pk') }
    const table = (globalSecondaryIndexes: (typeof index)[]) => (stack: Stack) =>
      new TableV2(stack, 'T', { ...keys, globalSecondaryIndexes })
    expect(() => synthWith(table([]), { application: listing })).toThrow(
      /has no index "listed", which lists the records of order/,
    )
    expect(synthWith(table([index]), { application: listing })).toHaveLength(1)
  })
})

describe('several outboxes', () => {
  test('in one stack need names of their own', () => {
    const stack = new Stack(newApp(), 'Shop')
    outboxIn(stack, {}, 'A')
    expect(() => outboxIn(stack, {}, 'B')).toThrow(/Shop\/A and Shop\/B .* begin with "Shop": set the property `name`/)
    expect(() => outboxIn(stack, { name: 'other' }, 'C')).not.toThrow()
  })

  test('in one account and Region need names of their own; in two Regions they may share one', () => {
    const app = newApp()
    outboxIn(new Stack(app, 'A', { env }), { name: 'shop' })
    expect(() => outboxIn(new Stack(app, 'B', { env }), { name: 'shop' })).toThrow(/A\/Outbox and B\/Outbox/)
    expect(() => outboxIn(new Stack(app, 'C', { env: elsewhere }), { name: 'shop' })).not.toThrow()
  })

  test('of one stack: one has the outputs, and the other says so', () => {
    const stack = new Stack(newApp(), 'Shop')
    outboxIn(stack, { name: 'one' }, 'A').addOutputs()
    expect(() => outboxIn(stack, { name: 'two' }, 'B').addOutputs()).toThrow(/stack Shop already has the outputs/)
  })
})

test('in a stage, as CDK Pipelines deploys it, each stack has its own names', () => {
  const app = newApp()
  for (const name of ['Beta', 'Prod']) outboxIn(new Stack(new Stage(app, name, { env }), 'Shop')).addOutputs()
  const assembly = app.synth()
  const names = assembly.nestedAssemblies.flatMap(({ nestedAssembly }) =>
    nestedAssembly.stacks.flatMap(({ template }) =>
      Object.values<Props>(template.Resources).flatMap(({ Properties }) => Properties?.TableName ?? []),
    ),
  )
  expect(names.filter((name) => name.endsWith('-outbox')).sort()).toEqual(['Beta-Shop-outbox', 'Prod-Shop-outbox'])
})

test('a permissions boundary and tags reach all that the outbox creates', () => {
  const app = newApp()
  outboxIn(new Stack(app, 'Shop', { env }))
  PermissionsBoundary.of(app).apply(ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'))
  Tags.of(app).add('team', 'shop')
  const resources = Object.values<Props>(app.synth().getStackByName('Shop').template.Resources)
  const of = (type: string) => resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties)
  expect(of('AWS::IAM::Role').length).toBeGreaterThan(5)
  for (const { PermissionsBoundary: boundary } of of('AWS::IAM::Role'))
    expect(JSON.stringify(boundary)).toContain('PowerUserAccess')
  for (const { Tags: tags } of [
    ...of('AWS::SQS::Queue'),
    ...of('AWS::DynamoDB::Table'),
    ...of('AWS::Lambda::Function'),
  ])
    expect(tags).toContainEqual({ Key: 'team', Value: 'shop' })
})

test('an HTTP API that is imported without its address is refused in one line', () => {
  const stack = new Stack(newApp(), 'Shop')
  const httpApi = HttpApi.fromHttpApiAttributes(stack, 'Api', { httpApiId: 'abc' })
  expect(() => outboxIn(stack, { api: { httpApi } })).toThrow(
    /Shop\/Api is imported without its address: pass apiEndpoint/,
  )
  const whole = HttpApi.fromHttpApiAttributes(stack, 'Whole', {
    httpApiId: 'abc',
    apiEndpoint: 'https://api.example.com',
  })
  expect(outboxIn(stack, { api: { httpApi: whole }, name: 'other' }, 'Other').apiUrl).toBe(
    'https://api.example.com/outbox',
  )
})
