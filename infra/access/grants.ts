import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { dueIndex, failingIndex, listIndex, turnIndex } from '../../shared/lib/names.ts'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { LaneQueues } from '../lanes/queues.ts'
import type { Reconciler } from '../scheduling/reconciler.ts'
import type { Tables } from '../storage/tables.ts'

/** One thing a function may do: actions, on these ARNs, and under which conditions. */
export interface Grant {
  readonly actions: readonly string[]
  readonly on: readonly string[]
  /** As in IAM: operator → key → value. @default - always */
  readonly when?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** As a statement of IAM. */
export function statementOf({ actions, on, when }: Grant): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...on],
    ...(when ? { conditions: when } : {}),
  })
}

export const dynamodb = (...actions: string[]) => actions.map((action) => `dynamodb:${action}`)
const sqs = (...actions: string[]) => actions.map((action) => `sqs:${action}`)
const arns = (queues: readonly IQueue[]) => queues.map((queue) => queue.queueArn)

/** A transaction has no action of its own: each part needs the one it would need alone. */
export const readAndWrite = dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem')

/** A records table that was there before may have a key of its own: whoever uses the table uses the key, through DynamoDB. */
export function keyGrants({ records }: Tables): Grant[] {
  const key = records.encryptionKey
  if (!key) return []
  const actions = [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ]
  return [{ on: [key.keyArn], actions, when: { StringLike: { 'kms:ViaService': 'dynamodb.*' } } }]
}

/** The API writes records with their jobs, tells how jobs are, and takes dead letters back to their lanes. */
export function apiGrants(tables: Tables, lanes: readonly LaneQueues[]): Grant[] {
  const ordered = lanes.filter((lane) => lane.deadLetters.fifo)
  return [
    ...keyGrants(tables),
    { on: [tables.records.tableArn], actions: readAndWrite },
    { on: [`${tables.records.tableArn}/index/${listIndex.name}`], actions: dynamodb('Query') },
    { on: [tables.outbox.tableArn], actions: dynamodb('GetItem', 'BatchGetItem', 'PutItem') },
    { on: [tables.effects.tableArn], actions: dynamodb('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem') },
    { on: [`${tables.effects.tableArn}/index/${failingIndex.name}`], actions: dynamodb('Query') },
    { on: arns(lanes.map((lane) => lane.queue)), actions: sqs('SendMessage', 'GetQueueAttributes') },
    {
      on: arns(lanes.map((lane) => lane.deadLetters)),
      actions: sqs('ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'),
    },
    // Tidying an ordered lane puts dead letters that stay behind those that hide behind them.
    ...ordered.map(({ deadLetters }) => ({ on: [deadLetters.queueArn], actions: sqs('SendMessage') })),
  ]
}

/** For operators, through the API: lanes are paused and resumed, and the reconciler is started. */
export function controlGrants(lanes: readonly LaneConstruct[], reconciler: Reconciler): Grant[] {
  return [switchGrant(lanes), { on: [reconciler.fn.lambda.functionArn], actions: ['lambda:InvokeFunction'] }]
}

/** The circuit breaker disables the mapping of its lanes, and notes that it did. */
export function breakerGrants(tables: Tables, lanes: readonly LaneConstruct[]): Grant[] {
  return [{ on: [tables.records.tableArn], actions: dynamodb('PutItem') }, switchGrant(lanes)]
}

function switchGrant(lanes: readonly LaneConstruct[]): Grant {
  return {
    on: lanes.map(({ mapping }) => mapping.eventSourceMappingArn),
    actions: ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
  }
}

/** Alarms and metrics, for those who look at the stack through the API. CloudWatch has no resources to name for either. */
export const monitorGrants: readonly Grant[] = [
  { on: ['*'], actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'] },
]

/** A relay reads the stream and sends. It writes nothing to DynamoDB. */
export function relayGrants(tables: Tables, lanes: readonly LaneQueues[], failures: IQueue): Grant[] {
  return [
    {
      on: [tables.outbox.tableStreamArn!],
      actions: dynamodb('DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'),
    },
    { on: [...arns(lanes.map((lane) => lane.queue)), failures.queueArn], actions: sqs('SendMessage') },
  ]
}

/** The relay of ordered lanes also reads what waits in a group, and sets timers. */
export function orderedRelayGrants(tables: Tables, timers: IQueue): Grant[] {
  return [
    { on: [`${tables.outbox.tableArn}/index/${turnIndex.name}`], actions: dynamodb('Query') },
    { on: [tables.outbox.tableArn], actions: dynamodb('BatchGetItem') },
    { on: [timers.queueArn], actions: sqs('SendMessage') },
  ]
}

/**
 * A consumer claims and completes effects, writes what its jobs changed, and moves what died. It can neither replace nor
 * delete an effect: the guard against running twice only expires.
 */
export function consumerGrants(tables: Tables, lane: LaneQueues): Grant[] {
  return [
    ...keyGrants(tables),
    { on: [tables.records.tableArn], actions: readAndWrite },
    { on: [`${tables.records.tableArn}/index/${listIndex.name}`], actions: dynamodb('Query') },
    { on: [tables.outbox.tableArn], actions: dynamodb('PutItem') },
    { on: [tables.effects.tableArn], actions: dynamodb('UpdateItem') },
    {
      on: [lane.queue.queueArn],
      actions: sqs('ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'),
    },
    { on: [lane.deadLetters.queueArn], actions: sqs('SendMessage') },
  ]
}

/** The sweeper finds what is due, and releases it. It sends to no lane. */
export function sweepGrants(tables: Tables, timers: IQueue | undefined): Grant[] {
  return [
    { on: [`${tables.outbox.tableArn}/index/${dueIndex.name}`], actions: dynamodb('Query') },
    { on: [tables.outbox.tableArn], actions: dynamodb('UpdateItem') },
    ...(timers ? [timerGrant(timers)] : []),
  ]
}

/** It sets timers, and takes them when they come. */
function timerGrant(timers: IQueue): Grant {
  const actions = sqs('SendMessage', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes')
  return { on: [timers.queueArn], actions }
}

/** A tick writes one outbox item; what follows from it is the relay's and the consumer's work. */
export function tickGrants(tables: Tables): Grant[] {
  return [{ on: [tables.outbox.tableArn], actions: dynamodb('PutItem') }]
}

/**
 * The reconciler reads the whole outbox, asks how far each job is and how late its lane, and sends and marks what is lost. It
 * ends the effects of jobs that cannot be sent, remembers what it read next to them, and starts the run that goes on.
 *
 * @param self ARN of its own function
 */
export function reconcileGrants(tables: Tables, lanes: readonly LaneConstruct[], self: string): Grant[] {
  const mappings = lanes.map(({ mapping }) => mapping.eventSourceMappingArn)
  return [
    { on: [tables.outbox.tableArn], actions: dynamodb('Scan', 'BatchGetItem', 'UpdateItem') },
    { on: [tables.effects.tableArn], actions: dynamodb('GetItem', 'BatchGetItem', 'UpdateItem') },
    { on: [`${tables.effects.tableArn}/index/${failingIndex.name}`], actions: dynamodb('Query') },
    { on: arns(lanes.map(({ queues }) => queues.queue)), actions: sqs('SendMessage', 'GetQueueAttributes') },
    { on: mappings, actions: ['lambda:GetEventSourceMapping'] },
    { on: ['*'], actions: ['cloudwatch:GetMetricData'] },
    { on: [self], actions: ['lambda:InvokeFunction'] },
  ]
}
