import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { StackModel } from './model.ts'
import { provisionQueue } from './provision/queue.ts'
import { provisionTable } from './provision/table.ts'
import type { Engine } from './types.ts'

/**
 * Makes the engines hold the tables and queues of the template. What is there already keeps its contents; a table of
 * another shape is an error, because neither its items nor its stream could be carried over.
 */
export async function provision(model: StackModel, engines: { dynamodb: Engine; sqs: Engine }): Promise<void> {
  const dynamodb = new DynamoDBClient(client(engines.dynamodb))
  const sqs = new SQSClient({ ...client(engines.sqs), useQueueUrlAsEndpoint: false })
  try {
    await Promise.all([
      ...model.tables.map((table) => provisionTable(table, dynamodb)),
      // A redrive policy names its dead-letter queue by ARN, which need not exist yet: the order does not matter.
      ...model.queues.map((queue) => provisionQueue(queue, sqs)),
    ])
  } finally {
    dynamodb.destroy()
    sqs.destroy()
  }
}

function client(engine: Engine) {
  const credentials = { accessKeyId: engine.accessKeyId ?? 'provision', secretAccessKey: 'local' }
  return { endpoint: engine.endpoint, region: 'us-east-1', credentials }
}
