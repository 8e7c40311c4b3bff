/** The construct in somebody else's stack: with what is there already, and without the sample business. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { HttpApi, HttpNoneAuthorizer, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer, HttpJwtAuthorizer, HttpLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { afterAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { OutboxRelay } from '../../infra/outbox-relay.ts'
import type { OutboxRelayProps } from '../../infra/outbox-relay-props.ts'
import { defineApplication } from '../../shared/define/application.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineRecord } from '../../shared/define/record.ts'
import type { Props } from './support/template.ts'

const job = defineJob({ type: 'a-job', schema: z.object({}), run() {} })
const application = defineApplication({ module: import.meta.url, jobs: [job] })
const outdir = mkdtempSync(join(tmpdir(), 'outbox-relay-own-'))
afterAll(() => rmSync(outdir, { recursive: true, force: true }))

/** One whose records stand in a list, which needs an index of their table. */
const order = defineRecord({
  name: 'order',
  schema: z.object({ id: z.string(), jobs: z.array(z.object({ id: z.string() })) }),
  key: ({ id }: { id: string }) => ({ pk: id, sk: 'order' }),
  listed: () => 'orders',
})
const listing = defineApplication({ ...application, jobOwners: [{ record: order, path: '/orders' }] })

/** A stack with what an adopter has, and the outbox with some of it. Throws at a finding of cdk-nag about what the outbox brings. */
function stackWith(
  props: (has: Existing) => Partial<OutboxRelayProps>,
  later: (has: Existing, outbox: OutboxRelay) => void = () => {},
) {
  const context = { 'aws:cdk:bundling-stacks': [] }
  const app = new App({ context, outdir: mkdtempSync(join(outdir, 'out-')) })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  const stack = new Stack(app, 'Shop')
  const has = new Existing(stack)
  const outbox = new OutboxRelay(stack, 'Outbox', { application, ...props(has) })
  outbox.grantCommit(has.fn)
  outbox.addOutputs()
  later(has, outbox)
  const template: Props = app.synth().getStackByName('Shop').template
  const idOf = (construct: { node: { defaultChild?: unknown } }) =>
    stack.resolve((construct.node.defaultChild as { logicalId: string }).logicalId)
  const all = (type: string) => Object.values<Props>(template.Resources).filter(({ Type }) => Type === type)
  return { has, outbox, template, idOf, all }
}

test('two constructs of one CDK app have the code of their own applications', () => {
  const app = new App({ outdir: mkdtempSync(join(outdir, 'two-')) })
  const codeOf = (name: string) => {
    const module = join(outdir, `${name}.ts`)
    writeFileSync(module, `export default '${name}'`)
    const stack = new Stack(app, name)
    new OutboxRelay(stack, 'Outbox', { name, application: { ...application, module } })
    return stack
  }
  const stacks = [codeOf('First'), codeOf('Second')]
  const assembly = app.synth()
  const keys = stacks.map(({ stackName }) => {
    const resources = Object.values<Props>(assembly.getStackByName(stackName).template.Resources)
    const api = resources.find(({ Properties }) => Properties?.FunctionName === `${stackName}-schedule`)
    return api?.Properties.Code.S3Key.replace('.zip', '')
  })
  const [first, second] = keys.map((key) => readFileSync(join(assembly.directory, `asset.${key}`, 'index.mjs'), 'utf8'))
  expect([first?.includes('"First"'), second?.includes('"Second"')]).toEqual([true, true])
})

class Existing {
  readonly table: Table
  readonly httpApi: HttpApi
  readonly topic: Topic
  readonly fn: LambdaFunction
  readonly waiting: LambdaFunction

  constructor(stack: Stack) {
    const text = (name: string) => ({ name, type: AttributeType.STRING })
    this.table = new Table(stack, 'Orders', { partitionKey: text('pk'), sortKey: text('sk') })
    this.httpApi = new HttpApi(stack, 'HttpApi')
    this.topic = new Topic(stack, 'OnCall')
    const code = Code.fromInline('exports.handler = () => {}')
    const own = { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code }
    this.fn = new LambdaFunction(stack, 'Fn', own)
    this.waiting = new LambdaFunction(stack, 'Waiting', { ...own, description: 'waits' })
    this.#isTheirs()
  }

  /** What cdk-nag says of these is no matter of the outbox; but what it adds to them is, such as the policy of the function's role. */
  #isTheirs(): void {
    const theirs = (construct: IConstruct, ...rules: string[]) => {
      for (const id of rules)
        Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason: 'It is theirs.' })
    }
    theirs(this.table, 'DDB3')
    theirs(this.httpApi, 'APIG1')
    theirs(this.topic, 'SNS3')
    const basic = 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]'
    theirs(this.fn, basic)
    theirs(this.waiting, basic)
  }
}

describe('with a table, an API and a topic that are there', () => {
  const { has, template, idOf, all } = stackWith(({ table, httpApi, topic }) => ({
    recordsTable: table,
    api: { httpApi },
    alarmTopic: topic,
    stage: 'dev',
  }))

  test('nothing stands beside them', () => {
    expect(all('AWS::DynamoDB::Table').map(({ Properties }) => Properties.TableName)).toEqual([
      undefined,
      'Shop-outbox',
      'Shop-effects',
    ])
    expect(all('AWS::ApiGatewayV2::Api')).toHaveLength(1)
    expect(all('AWS::SNS::Topic')).toHaveLength(1)
  })

  test('alarms go to the topic', () => {
    const topics = all('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.AlarmActions)
    expect(topics.length).toBeGreaterThan(10)
    expect(new Set(topics.flat().map(({ Ref }) => Ref))).toEqual(new Set([idOf(has.topic)]))
  })

  test('the routes for operators lie under /outbox, for signed requests', () => {
    expect(all('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties)).toMatchObject([
      { RouteKey: 'ANY /outbox/{proxy+}', AuthorizationType: 'AWS_IAM', ApiId: { Ref: idOf(has.httpApi) } },
    ])
    const api = all('AWS::Lambda::Function').find(({ Properties }) => Properties.FunctionName === 'Shop-api')
    expect(api?.Properties.Environment.Variables.API_PATH).toBe('/outbox')
  })

  test('the console and the command line find it by the stack', () => {
    expect(JSON.stringify(template.Outputs.ApiUrl.Value)).toContain('/outbox')
  })

  test('a function that commits may write records and put jobs, and is told where', () => {
    const { Variables } = template.Resources[idOf(has.fn)].Properties.Environment
    expect(JSON.stringify(Variables.OUTBOX_RELAY_TABLES)).toContain(idOf(has.table))
    const policy = all('AWS::IAM::Policy').find(({ Properties }) =>
      Properties.Roles.some(({ Ref }: Props) => Ref === idOf(has.fn.role as LambdaFunction['role'] & { node: object })),
    )
    expect(policy?.Properties.PolicyDocument.Statement.map(({ Action }: Props) => Action)).toEqual([
      ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      'dynamodb:Query',
      'dynamodb:PutItem',
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
    ])
  })
})

describe('with an API that has an authorizer', () => {
  const scopes = { viewerScope: 'outbox/read', operatorScope: 'outbox/operate' }
  const routesOf = (authorizer: IHttpRouteAuthorizer, settings: object = scopes) =>
    stackWith(({ httpApi }) => ({ api: { httpApi, authorizer }, stage: 'dev', ...settings })).all(
      'AWS::ApiGatewayV2::Route',
    )
  const tokens = () => new HttpJwtAuthorizer('Jwt', 'https://issuer.example.com', { jwtAudience: ['shop'] })
  const own = () => {
    const handler = LambdaFunction.fromFunctionArn(
      new Stack(),
      'Own',
      'arn:aws:lambda:eu-west-1:111122223333:function:own',
    )
    return new HttpLambdaAuthorizer('Own', handler)
  }

  test('operators need a scope of its tokens', () => {
    const found = routesOf(tokens()).map(({ Properties }) => [Properties.RouteKey, Properties.AuthorizationScopes])
    expect(found).toContainEqual(['ANY /outbox/{proxy+}', undefined])
    expect(found).toContainEqual(['GET /outbox/jobs/{id}', ['outbox/read', 'outbox/operate']])
    expect(found).toContainEqual(['POST /outbox/lanes/{name}/pause', ['outbox/operate']])
  })

  test('a Lambda authorizer decides for all routes, and the function checks the scope that it returns', () => {
    expect(routesOf(own()).map(({ Properties }) => Properties.RouteKey)).toEqual(['ANY /outbox/{proxy+}'])
  })

  test.each([
    ['tokens without scopes', tokens, {}, /needs viewerScope and operatorScope/],
    ['a Lambda authorizer without scopes', own, {}, /needs viewerScope and operatorScope/],
    ['signed requests with scopes', () => new HttpIamAuthorizer(), scopes, /need callers with tokens/],
    ['nobody who asks', () => new HttpNoneAuthorizer(), {}, /lets everybody in/],
  ])('%s: the synth is refused', (_, authorizer, settings, message) => {
    expect(() => routesOf(authorizer(), settings)).toThrow(message)
  })

  test('scopes that nothing uses are refused', () => {
    expect(() => stackWith(() => ({ stage: 'dev', ...scopes }))).toThrow(/need callers with tokens/)
  })
})

test('a table of a listed record is taken with its index, also one that it gets after the outbox', () => {
  const later = (has: Existing) => {
    has.table.addGlobalSecondaryIndex({
      indexName: 'listed',
      partitionKey: { name: '_listed', type: AttributeType.STRING },
      sortKey: { name: 'pk', type: AttributeType.STRING },
    })
  }
  const { all } = stackWith(({ table }) => ({ recordsTable: table, application: listing }), later)
  expect(all('AWS::DynamoDB::Table')[0]?.Properties.GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'listed' }])
})

test('a function that commits may use unique keys and put jobs off where the application has such jobs', () => {
  const schema = z.object({ user: z.string() })
  const key = ({ user }: { user: string }) => user
  const unique = defineJob({ type: 'unique', schema, unique: { key, until: 'started' }, run: () => undefined })
  const last = defineJob({ type: 'last', schema, debounce: { key, seconds: 5 }, run: () => undefined })
  const actionsOf = (...jobs: readonly (typeof unique)[]) => {
    const { all } = stackWith(() => ({ application: { ...application, jobs: [job, ...jobs] }, api: false }))
    const policy = all('AWS::IAM::Policy').find(({ Properties }) => Properties.Roles[0].Ref.startsWith('FnServiceRole'))
    const statements: Props[] = policy?.Properties.PolicyDocument.Statement
    return statements.filter(({ Condition }) => JSON.stringify(Condition) !== JSON.stringify(leadingKeys('batch#*')))
  }
  const checks = (statements: Props[]) =>
    statements.filter(({ Action }) => [Action].flat().includes('dynamodb:ConditionCheckItem')).length
  const none = actionsOf()
  expect([checks(none), JSON.stringify(none).includes('LeadingKeys')]).toEqual([0, false])
  const one = actionsOf(unique)
  expect(checks(one)).toBe(1)
  expect(one.filter(({ Condition }) => Condition).map(({ Action, Condition }) => [Action, Condition])).toEqual([
    ['dynamodb:PutItem', leadingKeys('unique#*')],
  ])
  const updates = (statements: Props[]) => statements.filter(({ Action }) => Action === 'dynamodb:UpdateItem').length
  expect([updates(one), updates(actionsOf(last))]).toEqual([0, 1])
})

test('a function that waits for jobs may read them and nothing else, and learns the names of the tables', () => {
  const { all } = stackWith(
    () => ({ api: false }),
    ({ waiting }, outbox) => outbox.grantWait(waiting),
  )
  const found = all('AWS::Lambda::Function').find(({ Properties }) => Properties.Description === 'waits')
  expect(JSON.stringify(found?.Properties.Environment.Variables.OUTBOX_RELAY_TABLES)).toMatch(/outbox.*effects/)
  const policy = all('AWS::IAM::Policy').find(({ Properties }) => Properties.Roles[0].Ref.startsWith('WaitingServiceR'))
  const [statement, ...others]: Props[] = policy?.Properties.PolicyDocument.Statement ?? []
  expect([statement?.Action, others]).toEqual(['dynamodb:GetItem', []])
  expect(JSON.stringify(statement?.Resource)).toMatch(/^(?!.*records).*outbox.*effects/i)
})
function leadingKeys(pattern: string) {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': pattern } }
}

test('without an API nobody can call it, and no output leads there', () => {
  const { template, all } = stackWith(() => ({ api: false }))
  expect(all('AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName)).not.toContain('Shop-api')
  expect(template.Outputs).not.toHaveProperty('ApiUrl')
})

test('by default it is a production stage with everything of its own', () => {
  const { all, outbox } = stackWith(() => ({}))
  const kept = all('AWS::DynamoDB::Table').filter(({ Properties }) => Properties.DeletionProtectionEnabled)
  expect(kept.map(({ Properties }) => Properties.TableName)).toEqual(['Shop-records', 'Shop-outbox', 'Shop-effects'])
  expect([...outbox.lanes.keys()]).toEqual(['default'])
  expect(outbox.consumers).toHaveLength(1)
})

test.each<[string, (has: Existing) => Partial<OutboxRelayProps>, RegExp]>([
  ['a name that is too long for a schedule', () => ({ name: 'a-name-of-twenty-four-ch' }), /name is "a-name/],
  [
    'a path without a slash',
    ({ httpApi }) => ({ api: { httpApi, path: 'outbox' } }),
    /must begin with a slash and end without one, for example \/outbox/,
  ],
  ['an unknown setting', () => ({ colour: 'red' }) as object, /unknown key "colour"/],
  ['an invalid setting', () => ({ logRetentionDays: 4 }), /logRetentionDays must be one of/],
  [
    'a table with other keys',
    ({ table }) => ({
      recordsTable: new Table(table.stack, 'Odd', { partitionKey: { name: 'id', type: AttributeType.STRING } }),
    }),
    /recordsTable Shop\/Odd has the key id \(S\); it must have pk \(S\) and sk \(S\)/,
  ],
  [
    'a table without the index in which its records are listed',
    ({ table }) => ({ recordsTable: table, application: listing }),
    /recordsTable Shop\/Orders has no index "listed", which lists the records of order: give it a global secondary index/,
  ],
])('%s is refused', (_, props, message) => {
  expect(() => stackWith(props)).toThrow(message)
})
