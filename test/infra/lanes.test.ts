import { describe, expect, test, vi } from 'vitest'
import { diagnosticJobs, jobs } from '../../app/jobs.ts'
import { lanes } from '../../app/lanes.ts'
import { laneUrls } from '../../functions/aws/environment.ts'
import type { Lane } from '../../shared/define/lane.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { StageTemplate } from './support/template.ts'

const template = new StageTemplate('prod')
const queue = (name: string) => template.named('AWS::SQS::Queue', name)
const allQueues = template.ofType('AWS::SQS::Queue')

describe.each(lanes)('lane $name', (lane) => {
  const suffix = lane.kind === 'ordered' ? '.fifo' : ''
  const living = queue(`${lane.name}${suffix}`)
  const dead = queue(`${lane.name}-dlq${suffix}`)
  const consumer = template.named('AWS::Lambda::Function', `consume-${lane.name}`)
  const mapping = template
    .ofType('AWS::Lambda::EventSourceMapping')
    .find(({ Properties }) => Properties.FunctionName.Ref === consumer.id)?.Properties

  test('moves to its dead-letter queue what no consumer ever settled', () => {
    const { deadLetterTargetArn, maxReceiveCount } = living.Properties.RedrivePolicy
    expect(template.say(deadLetterTargetArn)).toBe(`${lane.name}-dlq${suffix}`)
    const attempts = Math.max(...[...jobs, ...diagnosticJobs].map((job) => job.maxAttempts))
    expect(maxReceiveCount).toBe(lane.kind === 'ordered' ? 1_000 : 50)
    expect(maxReceiveCount).toBeGreaterThanOrEqual(2 * attempts)
  })

  test('has a dead-letter queue that takes from no other queue', () => {
    const { redrivePermission, sourceQueueArns } = dead.Properties.RedriveAllowPolicy
    expect(redrivePermission).toBe('byQueue')
    expect(sourceQueueArns.map((arn: unknown) => template.say(arn))).toEqual([
      `arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:OutboxRelay-prod-${lane.name}${suffix}`,
    ])
  })

  test('keeps dead letters longer than living messages', () => {
    expect(living.Properties.MessageRetentionPeriod).toBe(lifetimes.queueRetention)
    expect(dead.Properties.MessageRetentionPeriod).toBe(lifetimes.deadLetterRetention)
    expect(dead.Properties.MessageRetentionPeriod).toBeGreaterThan(living.Properties.MessageRetentionPeriod)
  })

  test('hides a message for six times the timeout of its consumer', () => {
    expect(consumer.Properties.Timeout).toBe(lane.timeoutSeconds)
    expect(living.Properties.VisibilityTimeout).toBe(6 * consumer.Properties.Timeout)
  })

  test('brings back only the messages that failed', () => {
    expect(mapping?.FunctionResponseTypes).toEqual(['ReportBatchItemFailures'])
  })

  test('feeds its consumer in the batches and with the concurrency that the lane defines, without waiting', () => {
    expect(template.say(mapping?.EventSourceArn)).toBe(`${lane.name}${suffix}`)
    expect(mapping).toMatchObject({
      BatchSize: lane.batchSize,
      ScalingConfig: { MaximumConcurrency: lane.maximumConcurrency },
    })
    // Lambda refuses the property for a FIFO queue.
    expect(mapping).not.toHaveProperty('MaximumBatchingWindowInSeconds')
    // A filter would delete what it does not match.
    expect(mapping?.FilterCriteria).toBeUndefined()
  })

  test('is FIFO where order is promised, its duplicates named by the sender', () => {
    const fifo = lane.kind === 'ordered'
    for (const { Properties } of [living, dead]) {
      expect(Properties.FifoQueue).toBe(fifo ? true : undefined)
      expect(Properties.ContentBasedDeduplication).toBe(fifo ? false : undefined)
    }
  })

  test('tells its consumer about itself alone', () => {
    const { Variables } = consumer.Properties.Environment
    expect(Variables.LANE).toBe(lane.name)
    expect(Variables).not.toHaveProperty('LANES')
    const urls = urlsOf(template.say(Variables.QUEUE_URL), Variables.POWERTOOLS_SERVICE_NAME, lane)
    expect(urls).toEqual({
      kind: lane.kind,
      queueUrl: `${base}/${living.Properties.QueueName}`,
      deadLetterUrl: `${base}/${dead.Properties.QueueName}`,
    })
  })
})

const base = 'https://sqs.eu-west-1.amazonaws.com/123456789012'

/** The URLs that a function computes from its environment. */
function urlsOf(queue: string, service: string, lane: Lane) {
  vi.stubEnv('QUEUE_URL', `${base}/${queue}`)
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', service)
  try {
    return laneUrls([lane]).get(lane.name)
  } finally {
    vi.unstubAllEnvs()
  }
}

describe('every queue', () => {
  test('belongs to a lane, takes what could not be forwarded or delivered, or has the timers', () => {
    expect(allQueues).toHaveLength(2 * lanes.length + 3)
  })

  test.each(allQueues)('$Properties.QueueName is encrypted and reachable by TLS only', ({ id, Properties }) => {
    expect(Properties.SqsManagedSseEnabled).toBe(true)
    const policies = template.ofType('AWS::SQS::QueuePolicy').filter((p) => p.Properties.Queues[0].Ref === id)
    expect(policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement)).toEqual([
      {
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Resource: { 'Fn::GetAtt': [id, 'Arn'] },
      },
    ])
  })
})
