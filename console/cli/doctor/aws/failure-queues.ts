import type { SQSClient } from '@aws-sdk/client-sqs'
import { type Finding, some } from '../finding.ts'
import { queueCounts } from './queue-counts.ts'
import { lastPart, ofType, type Resource } from './resources.ts'

/** Dead letters, what the relay could not forward, ticks that could not be delivered: nothing should lie there. */
export async function emptyFailureQueues(
  client: Pick<SQSClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const queues = ofType(resources, 'AWS::SQS::Queue').filter((url) => /-(dlq|failures)(\.fifo)?$/.test(lastPart(url)))
  const depths = await queueCounts(client, queues, 'ApproximateNumberOfMessages')
  const full = depths.filter(({ count }) => count > 0)
  if (full.length === 0) return { state: 'ok', found: `${queues.length} queues` }
  const found = some(full.map(({ name, count }) => `${count} in ${name}`))
  return { state: 'fail', found, next: 'outbox dlq ls, and docs/operations.md#dead-letters, #relay-failures' }
}
