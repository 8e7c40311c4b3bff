/** The function `reconcile` with SDK clients that answer nothing. */
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Context } from 'aws-lambda'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { env } from '../../shared/lib/names.ts'

const prefix = 'OutboxRelay-test'
const sqs = mockClient(SQSClient)
const dynamoDb = mockClient(DynamoDBDocumentClient)
const cloudWatch = mockClient(CloudWatchClient)
const lambda = mockClient(LambdaClient)
// Other files of the same worker have the same classes and modules.
afterAll(() => {
  for (const mock of [sqs, dynamoDb, cloudWatch, lambda]) mock.restore()
  vi.resetModules()
})

const queueUrl = (name: string) => `https://sqs.eu-west-1.amazonaws.com/1/${prefix}-${name}`

beforeEach(() => {
  const variables = {
    [env.recordsTable]: 'records',
    [env.outboxTable]: 'outbox',
    [env.effectsTable]: 'effects',
    [env.queueUrl]: queueUrl('x'),
    [env.mappings]: '1,2,3,4',
    POWERTOOLS_SERVICE_NAME: prefix,
    AWS_REGION: 'eu-west-1',
  }
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  cloudWatch.on(GetMetricDataCommand).resolves({})
  lambda.on(GetEventSourceMappingCommand).resolves({ State: 'Enabled' })
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '0' } })
  dynamoDb.onAnyCommand().resolves({})
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** The queues of failures that an invocation asked. */
async function woken(event: unknown): Promise<(string | undefined)[]> {
  const { handler } = await import('../../functions/reconcile/lambda.ts')
  sqs.resetHistory()
  await handler(event, { functionName: 'reconcile', getRemainingTimeInMillis: () => 60_000 } as Context)
  const asked = sqs.commandCalls(GetQueueAttributesCommand).map(({ args }) => args[0].input.QueueUrl ?? '')
  return asked.filter((url) => /-dlq|-failures/.test(url)).sort()
}

const names = ['bulk-dlq', 'default-dlq', 'ordered-dlq.fifo', 'relay-failures', 'schedule-failures', 'urgent-dlq']
const failureQueues = names.map(queueUrl)

const handedOn = { parts: [3], everything: false, isHourly: false, hop: 1, unsentBefore: 0 }

it.each<[string, unknown, readonly string[]]>([
  ['of the schedule wakes', { at: '2026-11-30T03:00:00Z' }, failureQueues],
  ['of an operator wakes', {}, failureQueues],
  ['that goes on with another one wakes none of', { run: handedOn }, []],
])('a run %s the queues that only failures use', async (_, event, urls) => {
  expect(await woken(event)).toEqual(urls)
})
