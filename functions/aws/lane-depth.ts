import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs'
import type { LaneUrls } from './environment.ts'

/** Messages of a lane, by what they wait for. SQS counts approximately. */
export interface LaneDepth {
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
  /** Letters in the dead-letter queue, also those that somebody looks at. */
  readonly dead: number
}

const counted = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const satisfies QueueAttributeName[]

/** Reads how full a lane is. */
export async function laneDepth(client: SQSClient, { queueUrl, deadLetterUrl }: LaneUrls): Promise<LaneDepth> {
  const [lane, dead] = await Promise.all([queueCounts(client, queueUrl), queueCounts(client, deadLetterUrl)])
  return { visible: lane[0], inFlight: lane[1], delayed: lane[2], dead: dead[0] + dead[1] }
}

/** Messages of a queue: visible, in flight, delayed. */
export async function queueCounts(client: SQSClient, QueueUrl: string): Promise<[number, number, number]> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...counted] }))
  return counted.map((name) => Number(Attributes?.[name] ?? 0)) as [number, number, number]
}
