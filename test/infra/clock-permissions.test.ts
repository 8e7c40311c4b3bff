import { describe, expect, test } from 'vitest'
import { permissionsOf, permissionsOfRole, roleOfSchedules } from './support/permissions.ts'
import { StageTemplate } from './support/template.ts'

const local = new StageTemplate('local')
const prod = new StageTemplate('prod')
const schedulerRole = roleOfSchedules(prod)

const sendToLanes = Object.fromEntries(
  ['urgent', 'default', 'bulk', 'ordered.fifo'].map((lane) => [lane, ['sqs:SendMessage']]),
)
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

  test('a tick writes an outbox item, and keeps what it failed on', () => {
    expect(permissionsOf(local, 'tick')).toEqual({
      outbox: ['dynamodb:PutItem'],
      'schedule-failures': ['sqs:SendMessage'],
      ...ownLogs('tick'),
    })
  })

  test('the reconciler reads the outbox, sends again and marks; it only looks at effects', () => {
    expect(permissionsOf(local, 'reconcile')).toEqual({
      outbox: ['dynamodb:BatchGetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
      effects: ['dynamodb:BatchGetItem'],
      ...sendToLanes,
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
      tick: invoke,
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
