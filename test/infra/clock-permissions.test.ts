import { describe, expect, test } from 'vitest'
import { permissionsOf, permissionsOfRole, roleOfSchedules } from './support/permissions.ts'
import { StageTemplate } from './support/template.ts'

const local = new StageTemplate('local')
const prod = new StageTemplate('prod')
const schedulerRole = roleOfSchedules(prod)

const sendToLanes = Object.fromEntries(
  ['urgent', 'default', 'bulk', 'ordered.fifo'].map((lane) => [lane, ['sqs:SendMessage']]),
)
const queuesOfFailures = [
  'urgent-dlq',
  'default-dlq',
  'bulk-dlq',
  'ordered-dlq.fifo',
  'relay-failures',
  'schedule-failures',
]
const self = 'arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:OutboxRelay-local-reconcile'
const ownLogs = (name: string) => ({ [`/aws/lambda/${name}`]: ['logs:CreateLogStream', 'logs:PutLogEvents'] })

describe('each function that comes by the clock may do what it does, and nothing else', () => {
  test('the sweeper reads the index of what is due, releases it and sets timers; it sends to no lane', () => {
    expect(permissionsOf(local, 'sweep')).toEqual({
      'outbox/index/due': ['dynamodb:Query'],
      outbox: ['dynamodb:UpdateItem'],
      'release-timers': ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'],
      ...ownLogs('sweep'),
    })
  })

  test('a scheduled run writes an outbox item, and keeps what it failed on', () => {
    expect(permissionsOf(local, 'schedule')).toEqual({
      outbox: ['dynamodb:PutItem'],
      'schedule-failures': ['sqs:SendMessage'],
      ...ownLogs('schedule'),
    })
  })

  test('the reconciler reads, sends and marks, ends what cannot be sent, and reads how late the lanes are', () => {
    const { [self]: goOn, ...rest } = permissionsOf(local, 'reconcile')
    expect(goOn).toEqual(['lambda:InvokeFunction'])
    const mappings = Object.entries(rest).filter(([on]) => on.includes('event-source-mapping'))
    expect(mappings.map(([, actions]) => actions)).toEqual(Array(4).fill(['lambda:GetEventSourceMapping']))
    expect(Object.fromEntries(Object.entries(rest).filter(([on]) => !on.includes('event-source-mapping')))).toEqual({
      outbox: ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
      effects: [
        'dynamodb:BatchGetItem',
        'dynamodb:ConditionCheckItem',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:UpdateItem',
      ],
      'effects/index/batches': ['dynamodb:Query'],
      'effects/index/failing': ['dynamodb:Query'],
      '*': ['cloudwatch:GetMetricData'],
      ...Object.fromEntries(
        Object.keys(sendToLanes).map((lane) => [lane, ['sqs:GetQueueAttributes', 'sqs:SendMessage']]),
      ),
      ...Object.fromEntries(queuesOfFailures.map((queue) => [queue, ['sqs:GetQueueAttributes']])),
      ...ownLogs('reconcile'),
    })
  })
})

describe('the scheduler', () => {
  test('may invoke what comes by the clock and keep what it could not deliver', () => {
    const keep = ['sqs:SendMessage']
    const invoke = ['lambda:InvokeFunction']
    expect(permissionsOfRole(prod, schedulerRole.id)).toEqual({
      sweep: invoke,
      reconcile: invoke,
      schedule: invoke,
      'schedule-failures': keep,
    })
  })

  test('acts under its role for schedules of this stage only', () => {
    const [group] = prod.ofType('AWS::Scheduler::ScheduleGroup')
    expect(schedulerRole.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': { Ref: 'AWS::AccountId' },
            'aws:SourceArn': { 'Fn::GetAtt': [group?.id, 'Arn'] },
          },
        },
      },
    ])
  })
})
