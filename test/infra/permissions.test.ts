import { describe, expect, test } from 'vitest'
import { permissionsOf, roleOfSchedules, statementsOf } from './support/permissions.ts'
import { StageTemplate } from './support/template.ts'

const local = new StageTemplate('local')
const prod = new StageTemplate('prod', { mailSender: 'shop@example.com' })

const functions = [
  'api',
  'relay',
  'relay-ordered',
  'sweep',
  'schedule',
  'reconcile',
  'circuit-breaker',
  'consume-urgent',
  'consume-default',
  'consume-bulk',
  'consume-ordered',
]

const readAndWrite = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
]
const readStream = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
]
const take = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']
const ownLogs = (name: string) => ({
  [`/aws/lambda/${name}`]: ['logs:CreateLogStream', 'logs:PutLogEvents'],
})

const switchMapping = ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping']

/** The ARN of the mapping that feeds the consumer of a lane, as the template says it. */
function mappingOf(queue: string): string {
  const lane = queue.replace('.fifo', '')
  const mapping = local
    .ofType('AWS::Lambda::EventSourceMapping')
    .find(({ Properties }) => local.say(Properties.FunctionName) === `consume-${lane}`)
  return `arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:${mapping?.id}`
}

/** The key of secrets: of the two that prod has, the one with an alias. */
function keyOf(template: StageTemplate): string {
  return template.say(template.ofType('AWS::KMS::Alias')[0]!.Properties.TargetKeyId)
}

describe('each function may do what it does, and nothing else', () => {
  test('the API writes records with their jobs, takes dead letters back, and pauses lanes', () => {
    const lanes = ['urgent', 'default', 'bulk', 'ordered.fifo']
    const deadLetters = ['urgent-dlq', 'default-dlq', 'bulk-dlq', 'ordered-dlq.fifo']
    expect(permissionsOf(local, 'api')).toEqual({
      records: readAndWrite,
      'records/index/listed': ['dynamodb:Query'],
      outbox: [
        'dynamodb:BatchGetItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
      effects: [
        'dynamodb:BatchGetItem',
        'dynamodb:ConditionCheckItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
      ],
      'effects/index/batches': ['dynamodb:Query'],
      'effects/index/failing': ['dynamodb:Query'],
      'outbox/index/due': ['dynamodb:Query'],
      'outbox/index/jobs': ['dynamodb:Query'],
      ...Object.fromEntries(lanes.map((lane) => [lane, ['sqs:GetQueueAttributes', 'sqs:SendMessage']])),
      ...Object.fromEntries(deadLetters.map((queue) => [queue, take])),
      // Tidying puts dead letters behind those that hide behind them.
      'ordered-dlq.fifo': [...take, 'sqs:SendMessage'],
      ...Object.fromEntries(lanes.map((lane) => [mappingOf(lane), switchMapping])),
      reconcile: ['lambda:InvokeFunction'],
      [keyOf(local)]: ['kms:Decrypt', 'kms:Encrypt'],
      '*': ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'],
      ...ownLogs('api'),
    })
  })

  test('the API may query the index of all jobs only where the stage has it', () => {
    const without = new StageTemplate('dev', { jobIndex: 'false' })
    const mayQuery = (template: StageTemplate) => 'outbox/index/jobs' in permissionsOf(template, 'api')
    expect([local, prod, without].map(mayQuery)).toEqual([true, false, false])
  })

  test('a relay reads the stream and sends to its own lanes; it writes to no table', () => {
    const send = ['sqs:SendMessage']
    expect(permissionsOf(local, 'relay')).toEqual({
      'outbox/stream': readStream,
      urgent: send,
      default: send,
      bulk: send,
      // Timers of debounced jobs.
      'release-timers': send,
      'relay-failures': send,
      ...ownLogs('relay'),
    })
    expect(permissionsOf(local, 'relay-ordered')).toEqual({
      'outbox/stream': readStream,
      'outbox/index/turn': ['dynamodb:Query'],
      outbox: ['dynamodb:BatchGetItem'],
      'ordered.fifo': send,
      'release-timers': send,
      'relay-failures': send,
      ...ownLogs('relay-ordered'),
    })
  })

  test.each([
    ['urgent', ''],
    ['default', ''],
    ['bulk', ''],
    ['ordered', '.fifo'],
  ])('the consumer of %s takes from its own lane and cannot remove an effect', (lane, suffix) => {
    expect(permissionsOf(local, `consume-${lane}`)).toEqual({
      records: readAndWrite,
      'records/index/listed': ['dynamodb:Query'],
      outbox: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
      effects: ['dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [`${lane}${suffix}`]: take,
      [`${lane}-dlq${suffix}`]: ['sqs:SendMessage'],
      // SES asks for both where the identity has a default configuration set.
      'arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*': ['ses:SendEmail'],
      'arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:configuration-set/*': ['ses:SendEmail'],
      [keyOf(local)]: ['kms:Decrypt'],
      ...ownLogs(`consume-${lane}`),
    })
  })
})

describe('the keys of unique jobs and batches', () => {
  const onEffects = (template: StageTemplate, name: string) =>
    statementsOf(template, name).filter(({ resources }) => resources.includes('effects'))

  test('are all that a consumer may put into the effects table', () => {
    for (const lane of ['urgent', 'default', 'bulk', 'ordered'])
      expect(onEffects(local, `consume-${lane}`).filter(({ actions }) => actions.includes('dynamodb:PutItem'))).toEqual(
        ['batch#*', 'unique#*'].map((leading) => ({
          actions: ['dynamodb:PutItem'],
          resources: ['effects'],
          condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leading } },
        })),
      )
  })

  test('of unique jobs are for no function of a stage without such jobs', () => {
    for (const name of functions) expect(JSON.stringify(onEffects(prod, name))).not.toContain('unique#*')
  })

  test('of batches alone are what the reconciler may delete', () => {
    const deletes = onEffects(prod, 'reconcile').filter(({ actions }) => actions.includes('dynamodb:DeleteItem'))
    expect(deletes.map(({ condition }) => condition)).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'batch#*' } },
    ])
  })

  test('without debounced jobs, the API changes no job that waits, and the relay sets no timers', () => {
    expect(permissionsOf(prod, 'api').outbox).not.toContain('dynamodb:UpdateItem')
    expect(permissionsOf(prod, 'consume-ordered').outbox).toEqual(['dynamodb:PutItem'])
    expect(permissionsOf(prod, 'relay')).not.toHaveProperty('release-timers')
  })
})

describe('the key of secrets', () => {
  const withKey = (name: string) =>
    statementsOf(prod, name)
      .filter(({ resources }) => resources.includes(keyOf(prod)))
      .map(({ actions, condition }) => ({ actions, condition }))
  const forRetry = (absent: 'true' | 'false') => ({ Null: { 'kms:EncryptionContext:idempotentRetry': absent } })

  test('seals for the API, which opens only what the Idempotency-Key of a repetition opens', () => {
    expect(withKey('api')).toEqual([
      { actions: ['kms:Encrypt'], condition: undefined },
      { actions: ['kms:Decrypt'], condition: forRetry('false') },
    ])
  })

  test('opens for consumers, and not what is for repetitions', () => {
    for (const lane of ['urgent', 'default', 'bulk', 'ordered'])
      expect(withKey(`consume-${lane}`)).toEqual([{ actions: ['kms:Decrypt'], condition: forRetry('true') }])
  })

  test('does nothing for any other function', () => {
    for (const name of ['relay', 'relay-ordered', 'sweep', 'schedule', 'reconcile']) expect(withKey(name)).toEqual([])
  })
})

describe('mail', () => {
  test('goes out under the configured address only', () => {
    const mail = statementsOf(prod, 'consume-default').find(({ actions }) => actions.includes('ses:SendEmail'))
    expect(mail?.condition).toEqual({ StringEquals: { 'ses:FromAddress': 'shop@example.com' } })
  })

  test('cannot be sent where no sender is configured', () => {
    const dev = new StageTemplate('dev')
    expect(JSON.stringify(dev.ofType('AWS::IAM::Policy'))).not.toContain('ses:')
  })
})

const schedulerRole = roleOfSchedules(prod)

describe('every role', () => {
  test('is of one function alone, or of the scheduler', () => {
    const roles = prod.ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.Role['Fn::GetAtt'][0])
    expect(new Set(roles).size).toBe(functions.length)
    expect(
      prod
        .ofType('AWS::IAM::Role')
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...roles, schedulerRole.id].sort())
  })

  test.each(['api', 'circuit-breaker'])('%s cannot point a mapping to another function than a consumer', (name) => {
    const updates = statementsOf(prod, name).filter(({ actions }) =>
      actions.includes('lambda:UpdateEventSourceMapping'),
    )
    expect(updates.length).toBeGreaterThan(0)
    for (const { condition } of updates)
      expect(prod.say(condition?.ArnLike['lambda:FunctionArn'])).toBe(
        'arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:OutboxRelay-prod-consume-*',
      )
  })

  test('a stage that traces lets each function write its traces, and nothing else on *', () => {
    const traced = new StageTemplate('prod', { tracing: 'true' })
    for (const name of functions) {
      const actions = statementsOf(traced, name)
        .filter(({ resources }) => resources.includes('*'))
        .flatMap((one) => one.actions)
      expect(actions.filter((action) => !action.startsWith('cloudwatch:')).sort()).toEqual([
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ])
    }
  })

  test.each(functions)('%s names its resources: * is for what has none, and no action has a wildcard', (name) => {
    const statements = statementsOf(prod, name)
    const onAnything = statements.filter(({ resources }) => resources.includes('*'))
    expect(onAnything.flatMap(({ actions }) => actions).sort()).toEqual([
      ...(name === 'api' ? ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'] : []),
      ...(name === 'reconcile' ? ['cloudwatch:GetMetricData'] : []),
    ])
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([])
    const named = statements.flatMap(({ resources }) => resources).filter((resource) => resource !== '*')
    expect(
      named.filter((resource) => resource.includes('*') && !/:ses:.*:(identity|configuration-set)\/\*$/.test(resource)),
    ).toEqual([])
  })

  test('has no other policy', () => {
    for (const { Properties } of prod.ofType('AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns).toBeUndefined()
      expect(Properties.Policies).toBeUndefined()
    }
  })

  test('of a function is assumed by Lambda alone', () => {
    for (const { Properties } of prod.ofType('AWS::IAM::Role').filter(({ id }) => id !== schedulerRole.id)) {
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ])
    }
  })
})
