import { describe, expect, test } from 'vitest'
import { schedules } from '../../app/schedules.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { type Props, StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const schedule = (name: string) => prod.named('AWS::Scheduler::Schedule', name)
const all = prod.ofType('AWS::Scheduler::Schedule').map(({ Properties }) => Properties)
const own = ['sweep', 'reconcile']

test('there is one per entry of app/schedules.ts, and those of the sweeper and the reconciler', () => {
  const names = [...own, ...schedules.map(({ name }) => name)].map((name) => `OutboxRelay-prod-${name}`)
  expect(all.map(({ Name }) => Name).sort()).toEqual(names.sort())
})

describe.each(all)('$Name', (properties) => {
  test('is on, and ticks to the minute', () => {
    expect(properties).toMatchObject({ State: 'ENABLED', FlexibleTimeWindow: { Mode: 'OFF' } })
  })

  test('is in the group of the stage, and has a name that Scheduler takes', () => {
    expect(properties.GroupName).toBe('OutboxRelay-prod')
    expect(properties.Name.length).toBeLessThanOrEqual(64)
  })
})

test('the group goes with its stack: its name must be free for the next', () => {
  const groups = prod.ofType('AWS::Scheduler::ScheduleGroup')
  expect(groups).toMatchObject([{ Properties: { Name: 'OutboxRelay-prod' }, DeletionPolicy: 'Delete' }])
})

describe('an event that Lambda has accepted', () => {
  const configOf = (name: string) => {
    const { id } = prod.named('AWS::Lambda::Function', name)
    const found = prod
      .ofType('AWS::Lambda::EventInvokeConfig')
      .find(({ Properties }) => Properties.FunctionName.Ref === id)
    return [found?.Properties.MaximumEventAgeInSeconds, found?.Properties.MaximumRetryAttempts]
  }

  test.each([
    ['sweep', 60, 0],
    ['reconcile', 3_600, 0],
    ['schedule', 3_600, 2],
    ['circuit-breaker', 300, 2],
  ])('is tried by %s for %i s, and %i times more', (name, age, retries) => {
    expect(configOf(name)).toEqual([age, retries])
  })

  test('never meets the defaults of Lambda, six hours and two retries', () => {
    const scheduled = all.map(({ Target }) => prod.say(Target.Arn))
    const alarmed = prod
      .ofType('AWS::CloudWatch::Alarm')
      .flatMap(({ Properties }) => Properties.AlarmActions.map((on: Props) => prod.say(on)))
    const invoked = new Set(
      [...scheduled, ...alarmed].filter((name) =>
        prod.ofType('AWS::Lambda::Function').some((fn) => fn.Properties.FunctionName === `OutboxRelay-prod-${name}`),
      ),
    )
    expect([...invoked].sort()).toEqual(['circuit-breaker', 'reconcile', 'schedule', 'sweep'])
    for (const name of invoked) expect([name, ...configOf(name)]).not.toContain(undefined)
  })
})

test('no schedule ticks before its role has its permissions', () => {
  for (const { id } of prod.ofType('AWS::Scheduler::Schedule')) {
    const { DependsOn, Properties } = prod.json.Resources[id]
    const role = Properties.Target.RoleArn['Fn::GetAtt'][0]
    const policies = prod.ofType('AWS::IAM::Policy').filter((policy) => policy.Properties.Roles[0].Ref === role)
    expect(DependsOn).toEqual(expect.arrayContaining(policies.map((policy) => policy.id)))
  }
})

describe.each(schedules)('the schedule $name', ({ name, expression, timezone }) => {
  const { Target, ...properties } = schedule(name).Properties

  test('ticks when app/schedules.ts says, by the clock of its time zone', () => {
    expect(properties).toMatchObject({ ScheduleExpression: expression, ScheduleExpressionTimezone: timezone })
  })

  test('tells the function schedule its name and the scheduled time', () => {
    expect(prod.say(Target.Arn)).toBe('schedule')
    expect(JSON.parse(Target.Input)).toEqual({ schedule: name, at: '<aws.scheduler.scheduled-time>' })
  })

  test('is tried for an hour, and then kept for a person', () => {
    expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 })
    expect(prod.say(Target.DeadLetterConfig.Arn)).toBe('schedule-failures')
  })
})

test('the sweeper runs every minute; a sweep that was missed is not made up for', () => {
  const { Target, ScheduleExpression } = schedule('sweep').Properties
  expect(ScheduleExpression).toBe('rate(1 minute)')
  expect(prod.say(Target.Arn)).toBe('sweep')
  expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 3 })
  expect(Target.DeadLetterConfig).toBeUndefined()
})

test('the reconciler runs every hour and is told which; a run that never came is for a person to know', () => {
  const { Target, ScheduleExpression } = schedule('reconcile').Properties
  expect(ScheduleExpression).toBe('rate(1 hour)')
  expect(JSON.parse(Target.Input)).toEqual({ at: '<aws.scheduler.scheduled-time>' })
  expect(prod.say(Target.Arn)).toBe('reconcile')
  expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 })
  expect(prod.say(Target.DeadLetterConfig.Arn)).toBe('schedule-failures')
})

test('a scheduled run whose function fails every time is kept too', () => {
  const { Properties } = prod.named('AWS::Lambda::Function', 'schedule')
  expect(prod.say(Properties.DeadLetterConfig.TargetArn)).toBe('schedule-failures')
})

test('failed ticks are kept for as long as SQS can', () => {
  const { Properties } = prod.named('AWS::SQS::Queue', 'schedule-failures')
  expect(Properties.MessageRetentionPeriod).toBe(lifetimes.deadLetterRetention)
  expect(Properties.RedriveAllowPolicy).toEqual({ redrivePermission: 'denyAll' })
})
