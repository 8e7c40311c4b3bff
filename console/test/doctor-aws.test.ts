/** Each check against a client that answers what the test says, by command. */
import { describe, expect, test } from 'vitest'
import { alarms } from '../cli/doctor/aws/alarms.ts'
import { concurrency } from '../cli/doctor/aws/concurrency.ts'
import { drift } from '../cli/doctor/aws/drift.ts'
import { environmentSize } from '../cli/doctor/aws/environment.ts'
import { eventDelivery } from '../cli/doctor/aws/event-delivery.ts'
import { emptyFailureQueues } from '../cli/doctor/aws/failure-queues.ts'
import { inFlight } from '../cli/doctor/aws/in-flight.ts'
import { lifetimes } from '../cli/doctor/aws/lifetimes.ts'
import { mail } from '../cli/doctor/aws/mail.ts'
import { mappings } from '../cli/doctor/aws/mappings.ts'
import { ran } from '../cli/doctor/aws/ran.ts'
import { ownOf, resourcesOf } from '../cli/doctor/aws/resources.ts'
import { schedules } from '../cli/doctor/aws/schedules.ts'
import { stackStatus } from '../cli/doctor/aws/stack-status.ts'
import { subscribed } from '../cli/doctor/aws/subscribed.ts'
import { timeToLive } from '../cli/doctor/aws/time-to-live.ts'
import { visibility } from '../cli/doctor/aws/visibility.ts'

type Input = Readonly<Record<string, unknown>>

function client(answers: Readonly<Record<string, (input: Input, call: number) => unknown>>) {
  let calls = 0
  const send = async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) => {
    const answer = answers[command.constructor.name]
    if (!answer) throw new Error(`not asked for: ${command.constructor.name}`)
    return answer(command.input, calls++)
  }
  return { send } as never
}

const S = 'OutboxRelay-prod'
const queue = (name: string) => ({ type: 'AWS::SQS::Queue', id: `https://sqs.eu-west-1.amazonaws.com/1/${S}-${name}` })
const fn = (name: string) => ({ type: 'AWS::Lambda::Function', id: `${S}-${name}` })
const mapping = (id: string) => ({ type: 'AWS::Lambda::EventSourceMapping', id })
const schedule = (name: string) => ({ type: 'AWS::Scheduler::Schedule', id: `${S}-${name}` })

test('the resources of a stack, from all pages', async () => {
  const page = (id: string, NextToken?: string) => ({
    StackResourceSummaries: [{ ResourceType: 'T', PhysicalResourceId: id }],
    NextToken,
  })
  const found = await resourcesOf(
    client({ ListStackResourcesCommand: (_, call) => (call === 0 ? page('a', 't') : page('b')) }),
    S,
  )
  expect(found.map(({ id }) => id)).toEqual(['a', 'b'])
})

test("an adopter's stack: only the outbox's own, by the name that it was given there", () => {
  const theirs = [
    { type: 'AWS::DynamoDB::Table', id: 'Bookings-Table-1X' },
    { type: 'AWS::SQS::Queue', id: 'https://sqs.eu-west-1.amazonaws.com/1/theirs-dlq' },
    { type: 'AWS::Lambda::Function', id: 'bookings-api' },
  ]
  const ours = [
    { type: 'AWS::DynamoDB::Table', id: 'bookings-outbox-effects' },
    { type: 'AWS::SQS::Queue', id: 'https://sqs.eu-west-1.amazonaws.com/1/bookings-outbox-default-dlq' },
    { type: 'AWS::Lambda::Function', id: 'bookings-outbox-reconcile' },
    { type: 'AWS::Scheduler::ScheduleGroup', id: 'bookings-outbox' },
    mapping('3f0c'),
  ]
  expect(ownOf([...theirs, ...ours], 'Bookings')).toEqual({ prefix: 'bookings-outbox', resources: ours })
})

test.each([
  ['UPDATE_COMPLETE', 'ok'],
  ['CREATE_COMPLETE', 'ok'],
  ['UPDATE_IN_PROGRESS', 'warn'],
  ['UPDATE_ROLLBACK_COMPLETE', 'fail'],
  ['UPDATE_ROLLBACK_FAILED', 'fail'],
  ['ROLLBACK_COMPLETE', 'fail'],
])('stack %s: %s', async (StackStatus, state) => {
  expect(await stackStatus(client({ DescribeStacksCommand: () => ({ Stacks: [{ StackStatus }] }) }), S)).toMatchObject({
    state,
  })
})

test.each([
  ['ENABLED', 'ok'],
  ['ENABLING', 'ok'],
  ['DISABLED', 'fail'],
])('time to live %s: %s', async (TimeToLiveStatus, state) => {
  const dynamoDb = client({ DescribeTimeToLiveCommand: () => ({ TimeToLiveDescription: { TimeToLiveStatus } }) })
  const tables = [{ type: 'AWS::DynamoDB::Table', id: `${S}-outbox` }]
  expect(await timeToLive(dynamoDb, tables)).toMatchObject({ state })
})

test.each([
  [90, 'ok'],
  [89, 'fail'],
])('a queue that hides for %i s before a function of 15 s: %s', async (seconds, state) => {
  const lambda = client({
    GetEventSourceMappingCommand: ({ UUID }) => ({
      FunctionArn: `arn:aws:lambda:eu-west-1:1:function:${S}-consume-default`,
      EventSourceArn:
        UUID === 'q' ? `arn:aws:sqs:eu-west-1:1:${S}-default` : 'arn:aws:dynamodb:eu-west-1:1:table/t/stream/s',
    }),
    GetFunctionConfigurationCommand: () => ({ Timeout: 15 }),
  })
  const sqs = client({ GetQueueAttributesCommand: () => ({ Attributes: { VisibilityTimeout: String(seconds) } }) })
  const found = await visibility(lambda, sqs, [queue('default'), mapping('q'), mapping('stream')])
  expect(found).toMatchObject({ state })
  expect(found.found).toContain(state === 'ok' ? '1 queues' : `${S}-default hides for 89 s, not 90 s`.slice(0, 20))
})

describe('mappings', () => {
  const states = (of: Readonly<Record<string, string>>) =>
    client({
      GetEventSourceMappingCommand: ({ UUID }) => ({
        FunctionArn: `arn:aws:lambda:eu-west-1:1:function:${UUID === 'theirs' ? '' : `${S}-`}${UUID}`,
        State: of[UUID as string],
      }),
    })
  const all = [mapping('relay'), mapping('consume-bulk')]
  test('enabled', async () =>
    expect(await mappings(states({ relay: 'Enabled', 'consume-bulk': 'Enabled' }), all, S)).toMatchObject({
      state: 'ok',
      found: '2 enabled',
    }))
  test("a paused lane; another's mapping in the same stack is none of ours", async () =>
    expect(
      await mappings(states({ relay: 'Enabled', 'consume-bulk': 'Disabled' }), [...all, mapping('theirs')], S),
    ).toMatchObject({ state: 'warn', found: `${S}-consume-bulk is Disabled` }))
  test('a relay that is off, and how to switch on this very one', async () =>
    expect(await mappings(states({ relay: 'Disabled', 'consume-bulk': 'Enabled' }), all, S)).toMatchObject({
      state: 'fail',
      next: expect.stringContaining('--enabled --uuid relay'),
    }))
})

test('failure queues: those with something in them, by name', async () => {
  const depth = (name: string) => (name.endsWith('bulk-dlq') ? '7' : '0')
  const sqs = client({
    GetQueueAttributesCommand: ({ QueueUrl }) => ({
      Attributes: { ApproximateNumberOfMessages: depth(QueueUrl as string) },
    }),
  })
  expect(await emptyFailureQueues(sqs, [queue('bulk'), queue('bulk-dlq'), queue('relay-failures')])).toMatchObject({
    state: 'fail',
    found: `7 in ${S}-bulk-dlq`,
  })
  expect(await emptyFailureQueues(sqs, [queue('default-dlq'), queue('schedule-failures')])).toMatchObject({
    state: 'ok',
    found: '2 queues',
  })
  const all = [queue('ordered.fifo'), queue('ordered-dlq.fifo')]
  expect(await emptyFailureQueues(sqs, all)).toMatchObject({ state: 'ok', found: '1 queues' })
})

test.each([
  [345_600, 1_209_600, 'ok'],
  [1_209_600, 1_209_600, 'fail'],
])('lifetimes: messages %i s, letters %i s: %s', async (messages, letters, state) => {
  const sqs = client({
    GetQueueAttributesCommand: ({ QueueUrl }) =>
      (QueueUrl as string).endsWith('dlq')
        ? { Attributes: { QueueArn: 'dlq', MessageRetentionPeriod: String(letters) } }
        : {
            Attributes: {
              QueueArn: 'q',
              MessageRetentionPeriod: String(messages),
              RedrivePolicy: '{"deadLetterTargetArn":"dlq"}',
            },
          },
  })
  expect(await lifetimes(sqs, [queue('bulk'), queue('bulk-dlq')])).toMatchObject({ state })
})

describe('mail', () => {
  const lambda = (MAIL_SENDER?: string) =>
    client({ GetFunctionConfigurationCommand: () => ({ Environment: { Variables: { MAIL_SENDER } } }) })
  const open = { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 3 }
  const ses = (verified: string, quota: object = open, Enabled = true) =>
    client({
      GetIdentityVerificationAttributesCommand: () => ({
        VerificationAttributes: { [verified]: { VerificationStatus: 'Success' } },
      }),
      GetSendQuotaCommand: () => quota,
      GetAccountSendingEnabledCommand: () => ({ Enabled }),
    })
  const all = [fn('relay'), fn('consume-default')]
  test.each(['a@example.com', 'example.com'])('%s is verified', async (identity) =>
    expect(await mail(lambda('a@example.com'), ses(identity), all)).toMatchObject({ state: 'ok' }),
  )
  test('not verified', async () =>
    expect(await mail(lambda('a@example.com'), ses('b@example.com'), all)).toMatchObject({ state: 'fail' }))
  test.each([
    ['in the sandbox', { ...open, Max24HourSend: 200 }, true, 'warn', /^SES sandbox: .* 3 of 200 mails/],
    ['at the end of its quota', { ...open, SentLast24Hours: 50_000 }, true, 'warn', /50000 of 50000 mails/],
    ['without a limit', { ...open, Max24HourSend: -1 }, true, 'ok', /is verified/],
    ['stopped', open, false, 'fail', /stopped all mails/],
  ])('an account %s', async (_, quota, enabled, state, found) =>
    expect(await mail(lambda('a@example.com'), ses('example.com', quota, enabled), all)).toMatchObject({
      state,
      found: expect.stringMatching(found),
    }),
  )
  test('no sender', async () => expect(await mail(lambda(), ses('x'), all)).toMatchObject({ state: 'warn' }))
})

test.each([
  [1_000, 'ok'],
  [80, 'ok'],
  [79, 'warn'],
  [10, 'warn'],
])('an account with %i concurrent executions for lanes of 50: %s', async (UnreservedConcurrentExecutions, state) => {
  const lambda = client({
    GetAccountSettingsCommand: () => ({ AccountLimit: { UnreservedConcurrentExecutions } }),
    GetEventSourceMappingCommand: ({ UUID }) => ({
      FunctionArn: `arn:aws:lambda:eu-west-1:1:function:${UUID === 'theirs' ? '' : `${S}-`}${UUID}`,
      ScalingConfig: UUID === 'relay' ? undefined : { MaximumConcurrency: 50 },
    }),
  })
  expect(await concurrency(lambda, [mapping('relay'), mapping('bulk'), mapping('theirs')], S)).toMatchObject({ state })
})

test.each([
  [79_999, 'ok'],
  [80_000, 'fail'],
])('a queue with %i messages in flight: %s', async (count, state) => {
  const sqs = client({
    GetQueueAttributesCommand: ({ QueueUrl }) => ({
      Attributes: { ApproximateNumberOfMessagesNotVisible: String(QueueUrl).endsWith('bulk') ? String(count) : '5' },
    }),
  })
  expect(await inFlight(sqs, [queue('default'), queue('bulk')])).toMatchObject({
    state,
    found: expect.stringContaining(String(count)),
  })
})

test.each([
  [3_594, 'ok'],
  [3_595, 'warn'],
])('variables of %i bytes next to a name of 6: %s', async (length, state) => {
  const lambda = client({
    GetFunctionConfigurationCommand: ({ FunctionName }) => ({
      Environment: FunctionName === `${S}-api` ? { Variables: { LANES_: 'x'.repeat(length) } } : undefined,
    }),
  })
  expect(await environmentSize(lambda, [fn('api'), fn('sweep')])).toMatchObject({ state })
})

describe('event delivery', () => {
  const all = [fn('sweep'), fn('reconcile'), fn('schedule'), fn('circuit-breaker'), fn('api')]
  test('set for all that AWS invokes asynchronously', async () => {
    const lambda = client({ GetFunctionEventInvokeConfigCommand: () => ({ MaximumEventAgeInSeconds: 60 }) })
    expect(await eventDelivery(lambda, all, S)).toMatchObject({ state: 'ok', found: '4 functions' })
  })
  test('removed from one', async () => {
    const lambda = client({
      GetFunctionEventInvokeConfigCommand: ({ FunctionName }) => {
        if (FunctionName !== `${S}-sweep`) return { MaximumEventAgeInSeconds: 60 }
        throw Object.assign(new Error('no'), { name: 'ResourceNotFoundException' })
      },
    })
    const found = await eventDelivery(lambda, all, S)
    expect(found).toMatchObject({ state: 'fail', found: expect.stringContaining(`${S}-sweep`) })
  })
})

test.each([
  [[{ AlarmName: `${S}-a`, StateValue: 'OK' }], 'ok', /none of 1/],
  [[{ AlarmName: `${S}-a`, StateValue: 'ALARM' }], 'fail', /in ALARM: a/],
  [[{ AlarmName: `${S}-a`, StateValue: 'OK', ActionsEnabled: false }], 'warn', /silenced: a/],
  [[], 'fail', /no alarms/],
])('alarms %j: %s', async (MetricAlarms, state, found) => {
  expect(await alarms(client({ DescribeAlarmsCommand: () => ({ MetricAlarms }) }), S)).toMatchObject({
    state,
    found: expect.stringMatching(found),
  })
})

test.each([
  [['arn:aws:sns:eu-west-1:1:t:s'], 'ok'],
  [['PendingConfirmation'], 'fail'],
  [[], 'fail'],
])('subscriptions %j: %s', async (arns, state) => {
  const TopicArn = 'arn:aws:sns:eu-west-1:1:on-call'
  const sns = client({
    ListSubscriptionsByTopicCommand: (input) =>
      input.TopicArn === TopicArn && { Subscriptions: arns.map((SubscriptionArn) => ({ SubscriptionArn })) },
  })
  const AlarmActions = ['arn:aws:lambda:eu-west-1:1:function:break', TopicArn]
  const cloudWatch = client({ DescribeAlarmsCommand: () => ({ MetricAlarms: [{ AlarmActions }] }) })
  expect(await subscribed(cloudWatch, sns, S)).toMatchObject({ state })
})

describe('schedules', () => {
  const all = [schedule('sweep'), schedule('reconcile'), schedule('daily-digest')]
  /** As Scheduler lists them, two a page. */
  const states = (of: Readonly<Record<string, string>>) => {
    const found = Object.entries(of).map(([name, State]) => ({ Name: `${S}-${name}`, State }))
    return client({
      ListSchedulesCommand: ({ GroupName, NextToken }) =>
        GroupName === S &&
        (NextToken ? { Schedules: found.slice(2) } : { Schedules: found.slice(0, 2), NextToken: 't' }),
    })
  }
  const on = { sweep: 'ENABLED', reconcile: 'ENABLED', 'daily-digest': 'ENABLED' }
  test.each([
    [on, 'ok', '3 enabled'],
    [{ ...on, 'daily-digest': 'DISABLED' }, 'warn', 'disabled: daily-digest'],
    [{ ...on, sweep: 'DISABLED' }, 'fail', 'disabled: sweep'],
    [{ sweep: 'ENABLED', 'daily-digest': 'ENABLED' }, 'fail', 'deleted: reconcile'],
  ])('%j: %s', async (of, state, found) => expect(await schedules(states(of), all, S)).toMatchObject({ state, found }))
})

test.each([
  [2, 0, 'ok'],
  [2, 1, 'warn'],
  [0, 0, 'fail'],
])('%i runs, %i errors: %s', async (runs, errors, state) => {
  const watch = client({
    GetMetricStatisticsCommand: ({ MetricName }) => ({
      Datapoints: [{ Sum: MetricName === 'Errors' ? errors : runs }],
    }),
  })
  expect(await ran(watch, [fn('reconcile')], { name: 'reconcile', within: 25_200, now: new Date() })).toMatchObject({
    state,
  })
})

describe('drift', () => {
  const sleep = async () => {}
  const stacks = (StackDriftStatus?: string) => ({
    Stacks: [{ DriftInformation: { StackDriftStatus, LastCheckTimestamp: new Date(0) } }],
  })
  test.each([
    ['IN_SYNC', 'ok'],
    ['DRIFTED', 'fail'],
    ['NOT_CHECKED', 'skip'],
  ])('%s: %s', async (status, state) =>
    expect(
      await drift(client({ DescribeStacksCommand: () => stacks(status) }), S, { drift: false, sleep }),
    ).toMatchObject({ state }),
  )
  test('compared now, until the comparison has ended', async () => {
    let polls = 0
    const cloudFormation = client({
      DetectStackDriftCommand: () => ({ StackDriftDetectionId: 'd' }),
      DescribeStackDriftDetectionStatusCommand: () => ({
        DetectionStatus: ++polls < 3 ? 'DETECTION_IN_PROGRESS' : 'DETECTION_COMPLETE',
      }),
      DescribeStacksCommand: () => stacks('IN_SYNC'),
    })
    expect(await drift(cloudFormation, S, { drift: true, sleep })).toMatchObject({ state: 'ok' })
    expect(polls).toBe(3)
  })
})
