import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'

/** Lambda reads a shard four times a second. ms. */
const POLL_MS = 250

/**
 * The least that any relay behind a stream can take, on the same engines: put an item, read it from the stream as often
 * as Lambda does, send it to a queue, receive it there. No function, no transaction, no guard, no retry, no mail.
 *
 * @returns ms from the answer to the put until the message is in hand, one per round
 */
export async function floor(endpoint: string, rounds: number): Promise<number[]> {
  const settings = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } }
  const dynamodb = new DynamoDBClient(settings)
  const sqs = new SQSClient(settings)
  const TableName = `bench-floor-${process.pid}`
  const nextRecord = await tableWithStream(dynamodb, new DynamoDBStreamsClient(settings), TableName)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: TableName }))
  try {
    const times: number[] = []
    for (let n = 0; n < rounds; n++) {
      const received = receive(sqs, QueueUrl)
      const read = nextRecord()
      // Not in step with the poll.
      await sleep(Math.random() * POLL_MS)
      await dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: `item-${n}` } } }))
      const began = performance.now()
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: await read }))
      await received
      times.push(performance.now() - began)
    }
    return times
  } finally {
    await sqs.send(new DeleteQueueCommand({ QueueUrl }))
    await dynamodb.send(new DeleteTableCommand({ TableName }))
  }
}

async function tableWithStream(dynamodb: DynamoDBClient, streams: DynamoDBStreamsClient, TableName: string) {
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  // A stream that has never held a record cannot be read yet.
  await dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: 'first' } } }))
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }))
  const StreamArn = Table?.LatestStreamArn
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId
  const first = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'LATEST' })
  let { ShardIterator } = await streams.send(first)
  /** Polls until there is a record. */
  return async (): Promise<string> => {
    for (;;) {
      const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }))
      ShardIterator = NextShardIterator
      if (Records.length > 0) return JSON.stringify(Records[0])
      await sleep(POLL_MS)
    }
  }
}

async function receive(sqs: SQSClient, QueueUrl: string | undefined): Promise<void> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
}
