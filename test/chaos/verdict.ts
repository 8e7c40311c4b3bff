/** What became of all that was accepted. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { local, tableName } from '../e2e/support/aws.ts'
import type { Accepted } from './load.ts'

export interface Verdict {
  /** Accepted, and its effect never came. */
  readonly lost: readonly string[]
  /** Its effect was committed more than once. */
  readonly twice: readonly string[]
  readonly effects: number
  readonly mails: number
  /** Mails beyond one per order: the process died, or the answer was lost, between the mail and its commit. */
  readonly secondMails: number
}

export async function verdictOn(accepted: Accepted, awsUrl: string): Promise<Verdict> {
  const counts = await probeCounts(awsUrl)
  const { messages } = await local<{ messages: { Destination: { ToAddresses: string[] } }[] }>(
    'GET',
    '/_aws/ses',
    undefined,
    awsUrl,
  )
  const mails = Map.groupBy(messages, (mail) => mail.Destination.ToAddresses[0] ?? '')
  const sent = accepted.orders.map((address) => mails.get(address)?.length ?? 0)
  return {
    lost: [
      ...accepted.probes.filter((key) => !counts.get(key)),
      ...accepted.orders.filter((address) => !mails.get(address)),
    ],
    twice: accepted.probes.filter((key) => (counts.get(key) ?? 0) > 1),
    effects: accepted.probes.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0),
    mails: sent.reduce((sum, count) => sum + count, 0),
    secondMails: sent.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
  }
}

function clientAt(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
}

async function probeCounts(awsUrl: string): Promise<Map<string, number>> {
  const client = clientAt(awsUrl)
  const counts = new Map<string, number>()
  const input = {
    TableName: tableName('records'),
    FilterExpression: 'kind = :probe',
    ExpressionAttributeValues: { ':probe': { S: 'probe' } },
  }
  for await (const { Items = [] } of paginateScan({ client }, input)) {
    for (const item of Items) {
      const { key, count } = unmarshall(item)
      counts.set(String(key), Number(count))
    }
  }
  client.destroy()
  return counts
}
