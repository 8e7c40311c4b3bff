import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import { batchIndex, dueIndex, failingIndex, turnIndex } from '../../shared/lib/names.ts'
import { batchGrant, dynamodb, type Grant, listGrant, queryGrant, readAndWrite, sqs, type TableArns } from './grant.ts'

export interface LaneArns {
  readonly queueArn: string
  readonly deadLetterArn: string
  readonly isOrdered: boolean
}

const queueArns = (lanes: readonly LaneArns[]) => lanes.map(({ queueArn }) => queueArn)

/** The API writes records with their jobs, reads the status of jobs, and sends dead letters back to their lanes. */
export function apiGrants(tables: TableArns, lanes: readonly LaneArns[]): Grant[] {
  return [
    { on: [tables.records], actions: readAndWrite },
    listGrant(tables),
    { on: [tables.outbox], actions: dynamodb('GetItem', 'BatchGetItem', 'PutItem') },
    queryGrant(tables.outbox, dueIndex),
    // What a job of an ordered lane waits for: the jobs of its group before it.
    ...(lanes.some(({ isOrdered }) => isOrdered) ? [{ on: [tables.outbox], actions: dynamodb('Query') }] : []),
    {
      on: [tables.effects],
      actions: dynamodb('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem'),
    },
    queryGrant(tables.effects, failingIndex),
    queryGrant(tables.effects, batchIndex),
    { on: queueArns(lanes), actions: sqs('SendMessage', 'GetQueueAttributes') },
    {
      on: lanes.map(({ deadLetterArn }) => deadLetterArn),
      actions: sqs('ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'),
    },
    // On an ordered lane, a dead letter that stays hides the letters behind it. Tidying sends it again, to the end.
    ...lanes
      .filter(({ isOrdered }) => isOrdered)
      .map(({ deadLetterArn }) => ({ on: [deadLetterArn], actions: sqs('SendMessage') })),
  ]
}

/** The mappings of lanes, and the pattern of the functions that they feed. */
export interface Switches {
  readonly mappings: readonly string[]
  readonly consumers: string
}

/** Operators pause and resume lanes through the API, and start the reconciler. */
export function controlGrants(switches: Switches, reconciler: string): Grant[] {
  return [...switchGrants(switches), { on: [reconciler], actions: ['lambda:InvokeFunction'] }]
}

/** The circuit breaker disables the mapping of a lane, and writes an operator's action. */
export function breakerGrants(tables: TableArns, switches: Switches): Grant[] {
  return [{ on: [tables.records], actions: dynamodb('PutItem') }, ...switchGrants(switches)]
}

/** The condition keeps a mapping from being pointed to a function that is not a consumer. */
function switchGrants({ mappings, consumers }: Switches): Grant[] {
  return [
    { on: mappings, actions: ['lambda:GetEventSourceMapping'] },
    {
      on: mappings,
      actions: ['lambda:UpdateEventSourceMapping'],
      when: { ArnLike: { 'lambda:FunctionArn': consumers } },
    },
  ]
}

/** The API shows alarms and metrics. CloudWatch has no resources for these actions. */
export const monitorGrants: readonly Grant[] = [
  { on: ['*'], actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'] },
]

export function acknowledgeMonitoring(scope: IConstruct): void {
  Validations.of(scope).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'CloudWatch has no resources to name: cloudwatch:GetMetricData and DescribeAlarms by prefix take * only.',
  })
}

/** A relay reads the stream and sends to lanes. It writes nothing to DynamoDB. */
export function relayGrants(tables: TableArns, lanes: readonly LaneArns[], failures: string): Grant[] {
  return [
    {
      on: [tables.outboxStream],
      actions: dynamodb('DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'),
    },
    { on: [...queueArns(lanes), failures], actions: sqs('SendMessage') },
  ]
}

/** The relay of ordered lanes also reads the waiting jobs of a group, and sets timers. */
export function orderedRelayGrants(tables: TableArns, timers: string): Grant[] {
  return [
    queryGrant(tables.outbox, turnIndex),
    { on: [tables.outbox], actions: dynamodb('BatchGetItem') },
    sendTimersGrant(timers),
  ]
}

/** A relay sets timers. */
export const sendTimersGrant = (timers: string): Grant => ({ on: [timers], actions: sqs('SendMessage') })

/**
 * A consumer claims and completes effects, writes the changes of its jobs, and sends dead letters. It can neither replace
 * nor delete an effect, because the effect is the guard against a second run.
 */
export function consumerGrants(tables: TableArns, lane: LaneArns): Grant[] {
  return [
    { on: [tables.records], actions: readAndWrite },
    listGrant(tables),
    // A standard lane puts a job that waits long for its retry back into the outbox.
    { on: [tables.outbox], actions: dynamodb('PutItem', ...(lane.isOrdered ? [] : ['UpdateItem'])) },
    // It writes a member's end into the batch on condition of the effect, and reads the results of a batch.
    { on: [tables.effects], actions: dynamodb('GetItem', 'UpdateItem', 'ConditionCheckItem') },
    batchGrant(tables, 'PutItem'),
    {
      on: [lane.queueArn],
      actions: sqs('ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'),
    },
    { on: [lane.deadLetterArn], actions: sqs('SendMessage') },
  ]
}

/** The sweeper finds the jobs that are due and releases them. It does not send to lanes. */
export function sweepGrants(tables: TableArns, timers: string | undefined): Grant[] {
  return [
    queryGrant(tables.outbox, dueIndex),
    { on: [tables.outbox], actions: dynamodb('UpdateItem') },
    ...(timers ? [timerGrant(timers)] : []),
  ]
}

/** The sweeper sets timers, and receives them when their time comes. */
function timerGrant(timers: string): Grant {
  return { on: [timers], actions: sqs('SendMessage', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes') }
}

/** A scheduled run writes one outbox item. The relay and the consumer do the rest. */
export function scheduleGrants(tables: TableArns): Grant[] {
  return [{ on: [tables.outbox], actions: dynamodb('PutItem') }]
}

export interface ReconcileArns {
  readonly tables: TableArns
  readonly lanes: readonly LaneArns[]
  readonly mappings: readonly string[]
  /** Queues that only people read. */
  readonly failures: readonly string[]
  /** The reconciler's own function. */
  readonly self: string
}

/**
 * The reconciler reads the outbox, checks the effect of each job and the delay of its lane, and sends lost jobs again. It
 * ends jobs that cannot be sent, keeps its own marks in the effects table, and starts its next run.
 */
export function reconcileGrants({ tables, lanes, mappings, failures, self }: ReconcileArns): Grant[] {
  return [
    // It causes the callback of a batch whose last member it settles.
    { on: [tables.outbox], actions: dynamodb('Scan', 'BatchGetItem', 'PutItem', 'UpdateItem') },
    { on: [tables.effects], actions: dynamodb('GetItem', 'BatchGetItem', 'UpdateItem', 'ConditionCheckItem') },
    // A batch that was written ahead of a transaction which never came.
    batchGrant(tables, 'DeleteItem'),
    queryGrant(tables.effects, failingIndex),
    queryGrant(tables.effects, batchIndex),
    { on: queueArns(lanes), actions: sqs('SendMessage', 'GetQueueAttributes') },
    { on: [...lanes.map(({ deadLetterArn }) => deadLetterArn), ...failures], actions: sqs('GetQueueAttributes') },
    { on: mappings, actions: ['lambda:GetEventSourceMapping'] },
    { on: ['*'], actions: ['cloudwatch:GetMetricData'] },
    { on: [self], actions: ['lambda:InvokeFunction'] },
  ]
}
