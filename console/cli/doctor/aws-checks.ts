/** What AWS can tell of a deployed stack, asked with the operator's own credentials. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SESClient } from '@aws-sdk/client-ses'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { awsFailure } from '../../api-client/aws-failure.ts'
import { exit, Failure } from '../../api-client/failure.ts'
import { clientSettings, type StackName } from '../../api-client/stack.ts'
import { alarms } from './aws/alarms.ts'
import { concurrency } from './aws/concurrency.ts'
import { drift } from './aws/drift.ts'
import { environmentSize } from './aws/environment.ts'
import { eventDelivery } from './aws/event-delivery.ts'
import { emptyFailureQueues } from './aws/failure-queues.ts'
import { inFlight } from './aws/in-flight.ts'
import { lifetimes } from './aws/lifetimes.ts'
import { mail } from './aws/mail.ts'
import { mappings } from './aws/mappings.ts'
import { ran } from './aws/ran.ts'
import { ownOf, type Resource, resourcesOf } from './aws/resources.ts'
import { schedules } from './aws/schedules.ts'
import { stackStatus } from './aws/stack-status.ts'
import { subscribed } from './aws/subscribed.ts'
import { timeToLive } from './aws/time-to-live.ts'
import { visibility } from './aws/visibility.ts'
import { ask, type Check, type Finding } from './finding.ts'

export interface How {
  readonly drift: boolean
  readonly now: () => Date
  readonly sleep: (ms: number) => Promise<void>
}

export async function inspectStack(stack: StackName, how: How): Promise<Finding[]> {
  const clients = clientsOf(stack)
  let resources: readonly Resource[]
  try {
    resources = await resourcesOf(clients.cloudFormation, stack.name)
  } catch (error) {
    return [{ check: 'AWS', ...unasked(error, stack) }]
  }
  return ask(checksOf(stack.name, resources, clients, how), (error) => unasked(error, stack))
}

function clientsOf(stack: StackName) {
  const settings = clientSettings(stack)
  return {
    cloudFormation: new CloudFormationClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    dynamoDb: new DynamoDBClient(settings),
    lambda: new LambdaClient(settings),
    scheduler: new SchedulerClient(settings),
    ses: new SESClient(settings),
    sns: new SNSClient(settings),
    sqs: new SQSClient(settings),
  }
}

function checksOf(name: string, all: readonly Resource[], clients: ReturnType<typeof clientsOf>, how: How): Check[] {
  const { cloudFormation, cloudWatch, dynamoDb, lambda, scheduler, ses, sns, sqs } = clients
  const { prefix, resources } = ownOf(all, name)
  const hour = 3_600
  return [
    ['Stack', () => stackStatus(cloudFormation, name)],
    ['Mappings enabled', () => mappings(lambda, resources, prefix)],
    ['Failure queues empty', () => emptyFailureQueues(sqs, resources)],
    ['Lifetimes nested', () => lifetimes(sqs, resources)],
    ['Visibility', () => visibility(lambda, sqs, resources)],
    ['Time to live', () => timeToLive(dynamoDb, resources)],
    ['Mail', () => mail(lambda, ses, resources)],
    ['In flight', () => inFlight(sqs, resources)],
    ['Concurrency', () => concurrency(lambda, resources, prefix)],
    ['Environment', () => environmentSize(lambda, resources)],
    ['Event delivery', () => eventDelivery(lambda, resources, prefix)],
    ['Alarms OK', () => alarms(cloudWatch, prefix)],
    ['Alarms heard', () => subscribed(cloudWatch, sns, prefix)],
    ['Schedules enabled', () => schedules(scheduler, resources, prefix)],
    ['Reconciler ran', () => ran(cloudWatch, resources, { name: 'reconcile', within: 3 * hour, now: how.now() })],
    ['Sweeper ran', () => ran(cloudWatch, resources, { name: 'sweep', within: hour / 6, now: how.now() })],
    ['Drift', () => drift(cloudFormation, name, how)],
  ]
}

/** A question that the operator may not ask says nothing about the stack. */
function unasked(error: unknown, stack: StackName): Omit<Finding, 'check'> {
  const failure = awsFailure(error, { ...stack, doing: 'ask' })
  if (!(failure instanceof Failure)) throw failure
  return { state: failure.exit === exit.notAllowed ? 'skip' : 'fail', found: failure.message }
}
