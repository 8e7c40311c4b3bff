import { describe, expect, test } from 'vitest'
import { permissionsOfRole, roleOfSchedules } from './support/permissions.ts'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const schedulerRole = roleOfSchedules(prod)

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
