/** 10,000 stream records to their queue, in batches of 100: the bundled relay, and what else one could write there. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import { PurgeQueueCommand, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import { sqs } from '../../../../functions/aws/clients.ts'
import type { Inputs } from '../child.ts'
import { outboxItem, streamEvent } from '../events.ts'
import { callCounter, contextFor, cpuOf, handlerOf, timed } from '../inside.ts'
import { contest, inTurn } from '../rounds.ts'

export interface RelayRound {
  readonly perSecond: number
  readonly callsPerRecord: number
  /** CPU ms per 1,000 records. */
  readonly cpu: number
}
export const relayContenders = ['relay', 'floor', 'single', 'powertools'] as const
export type RelayResult = Readonly<Record<(typeof relayContenders)[number], readonly RelayRound[]>>

type Name = (typeof relayContenders)[number]
type Event = { Records: DynamoDBRecord[] }

const batchSize = 100

export async function measure({ bundles, queues, quick }: Inputs, say: (line: string) => void): Promise<RelayResult> {
  const handler = await handlerOf(bundles.relay ?? '')
  const client = sqs()
  const calls = callCounter()
  const QueueUrl = queues[`${process.env.POWERTOOLS_SERVICE_NAME}-default`]
  const body = (record: DynamoDBRecord) => JSON.stringify(unmarshall(record.dynamodb?.NewImage as never))
  const sendOne = (record: DynamoDBRecord) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody: body(record) }))
  const sendTen = (records: readonly DynamoDBRecord[]) =>
    client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: records.map((record, i) => ({ Id: String(i), MessageBody: body(record) })),
      }),
    )
  const contenders: Record<Name, (event: Event) => Promise<unknown>> = {
    async relay(event) {
      const { batchItemFailures } = (await handler(event, contextFor(60))) as { batchItemFailures: unknown[] }
      if (batchItemFailures.length > 0) throw new Error(`the relay returned ${batchItemFailures.length} records`)
    },
    // No look at what was refused, no second try, no metrics; and as many calls at a time as the relay makes.
    floor: ({ Records }) => Promise.all(tens(Records).map(sendTen)),
    single: ({ Records }) => Promise.all(Records.map(sendOne)),
    powertools: (event) =>
      processPartialResponse(event as never, sendOne, new BatchProcessor(EventType.DynamoDBStreams), {}),
  }
  const [rounds, records] = quick ? [2, 1_000] : [5, 10_000]
  return contest(rounds, say, async (round) => {
    const played: Partial<Record<Name, RelayRound>> = {}
    for (const name of inTurn(relayContenders, round)) {
      played[name] = await roundOf(contenders[name], records * shareOf(name, round), calls)
      await client.send(new PurgeQueueCommand({ QueueUrl }))
    }
    return played as Record<Name, RelayRound>
  })
}

/** A send each is slow; a fifth of the records tells as much. */
function shareOf(name: Name, round: number): number {
  if (round < 0) return 0.1
  return name === 'single' || name === 'powertools' ? 0.2 : 1
}

async function roundOf(
  relay: (event: Event) => Promise<unknown>,
  records: number,
  calls: () => Record<string, number>,
): Promise<RelayRound> {
  const events = Array.from({ length: records / batchSize }, () =>
    streamEvent(Array.from({ length: batchSize }, () => outboxItem())),
  )
  calls()
  let cpu = 0
  const ms = await timed(async () => {
    cpu = await cpuOf(async () => {
      for (const event of events) await relay(event as unknown as Event)
    })
  })
  const sent = Object.values(calls()).reduce((sum, n) => sum + n, 0)
  return { perSecond: (records / ms) * 1000, callsPerRecord: sent / records, cpu: (cpu / records) * 1000 }
}

function tens<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / 10) }, (_, i) => list.slice(i * 10, i * 10 + 10))
}
