/** What the demo needs of a stack: its API, its local AWS endpoint, and patience. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { clientSettings } from '../../console/api-client/stack.ts'

export interface Order {
  readonly id: string
  readonly total: number
  readonly currency: string
  readonly jobs: readonly { readonly id: string; readonly type: string }[]
}

export interface Job {
  readonly status: string
  readonly attempts: number
  readonly maxAttempts: number
  readonly lastError?: string
}

export interface Mail {
  readonly Subject: string
  readonly Timestamp: string
}

export interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

const stack = 'OutboxRelay-local'
export const lane = `${stack}-default`
export const deadLetterAlarm = `${stack}-default-dead-letters`

export type Client = ReturnType<typeof clientOf>

export function clientOf(apiUrl: string, awsUrl: string) {
  const settings = {
    ...clientSettings({ region: process.env.AWS_REGION ?? 'us-east-1' }),
    endpoint: awsUrl,
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' },
  }
  const sqs = new SQSClient(settings)
  const dynamodb = new DynamoDBClient(settings)
  const urlOf = async (QueueName: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl

  return {
    apiUrl,
    awsUrl,
    api: <T>(method: string, path: string, body?: object, headers = {}) =>
      call<T>(method, apiUrl + path, body, headers),
    aws: <T>(method: string, path: string, body?: object) => call<T>(method, awsUrl + path, body),

    async mailsTo(address: string): Promise<Mail[]> {
      type Sent = Mail & { Destination: { ToAddresses: string[] } }
      const { body } = await call<{ messages: Sent[] }>('GET', `${awsUrl}/_aws/ses`)
      return body.messages.filter(({ Destination }) => Destination.ToAddresses.includes(address))
    },

    /** The message that the relay made of a job, made again from its outbox item. */
    async messageOf(jobId: string): Promise<string> {
      const Key = { pk: { S: jobId }, sk: { S: jobId } }
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: `${stack}-outbox`, Key }))
      if (!Item) throw new Error(`there is no outbox item of job ${jobId}`)
      const { pk: _, sk: __, expiresAt: ___, ...envelope } = unmarshall(Item)
      return JSON.stringify({ ...envelope, payload: JSON.parse(envelope.payload) })
    },

    async send(queue: string, body: string): Promise<void> {
      await sqs.send(new SendMessageCommand({ QueueUrl: await urlOf(queue), MessageBody: body }))
    },

    /** Messages of a queue, those included that somebody works on. */
    async depth(queue: string): Promise<number> {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: await urlOf(queue),
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      )
      return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0)
    },
  }
}

async function call<T>(method: string, url: string, body?: object, headers = {}): Promise<Answer<T>> {
  const response = await fetch(url, {
    method,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T }
}
