import type { SQSClient } from '@aws-sdk/client-sqs'
import { type Finding, some } from '../finding.ts'
import { queueCounts } from './queue-counts.ts'
import { ofType, type Resource } from './resources.ts'

/** SQS delivers nothing more of a queue with 120,000 messages in flight, and reports no error. */
const nearQuota = 80_000

/** Whether a queue comes near the quota of messages in flight. */
export async function inFlight(
  client: Pick<SQSClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const queues = ofType(resources, 'AWS::SQS::Queue')
  const counts = await queueCounts(client, queues, 'ApproximateNumberOfMessagesNotVisible')
  const most = Math.max(0, ...counts.map(({ count }) => count))
  const full = counts.filter(({ count }) => count >= nearQuota)
  if (full.length === 0) return { state: 'ok', found: `at most ${most} of 120,000 a queue` }
  return {
    state: 'fail',
    found: some(full.map(({ name, count }) => `${count} of 120,000 in ${name}`)),
    next: 'Fix what its jobs fail of, or ask AWS Support for a higher quota: at 120,000 the lane stands still',
  }
}
