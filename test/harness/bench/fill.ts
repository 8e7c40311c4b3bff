import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { lifetimes } from '../../../shared/lib/lifetimes.ts'
import { env } from '../../../shared/lib/names.ts'
import { outboxItem, receiptJob } from './events.ts'

const perCall = 25

/** Fills the tables with jobs that have succeeded, some hours ago. */
export async function fill(
  dynamodb: DynamoDBClient,
  environment: Readonly<Record<string, string>>,
  count: number,
  { ageHours }: { readonly ageHours: number },
  say: (line: string) => void = () => {},
): Promise<void> {
  const at = new Date(Date.now() - ageHours * 3_600_000)
  const outbox = environment[env.outboxTable] ?? ''
  const effects = environment[env.effectsTable] ?? ''
  let left = count
  const work = async () => {
    while (left > 0) {
      const jobs = Array.from({ length: Math.min(perCall, left) }, () => receiptJob())
      left -= jobs.length
      if (count >= 10_000 && left % 25_000 === 0) say(`${(count - left).toLocaleString('en')} jobs are there`)
      await write(
        dynamodb,
        outbox,
        jobs.map((job) => outboxItem(job, at)),
      )
      await write(
        dynamodb,
        effects,
        jobs.map((job) => succeeded(job.id, at)),
      )
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
}

export function succeeded(id: string, at: Date) {
  return {
    pk: id,
    state: 'succeeded',
    type: 'send-receipt',
    lane: 'default',
    owner: id,
    attempts: 1,
    budget: 5,
    deaths: 0,
    startedAt: at.toISOString(),
    finishedAt: at.toISOString(),
    expiresAt: Math.ceil(at.getTime() / 1000) + lifetimes.effect,
  }
}

async function write(dynamodb: DynamoDBClient, table: string, items: readonly object[]): Promise<void> {
  let requests: WriteRequest[] = items.map((item) => ({ PutRequest: { Item: marshall(item) } }))
  while (requests.length > 0) {
    const { UnprocessedItems } = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
    requests = UnprocessedItems?.[table] ?? []
  }
}
