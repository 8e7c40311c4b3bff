/**
 * What a rate limit adds to a job: write units when it passes at once, and write units and receives in a backlog. Beside it a
 * counter of tokens, which a job that gets none asks again a second later.
 */
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse } from 'aws-lambda'
import probe from '../../../../app/jobs/probe.ts'
import { sqs } from '../../../../functions/aws/clients.ts'
import { documentClient } from '../../../../functions/aws/document-client.ts'
import { tableNames } from '../../../../functions/aws/environment.ts'
import { ids } from '../../../../functions/aws/ids.ts'
import { dynamoStore } from '../../../../functions/aws/store.ts'
import { request } from '../../../../shared/define/job.ts'
import { encodeMessage } from '../../../../shared/outbox/message.ts'
import { decodeItem } from '../../../../shared/outbox/outbox-item.ts'
import type { Inputs } from '../child.ts'
import { outboxItem, queueEvent, type Received } from '../events.ts'
import { contextFor, handlerOf } from '../inside.ts'
import { inTurn } from '../rounds.ts'
import { metered } from '../usage.ts'
import { remove } from './consumer.ts'

/** What a limit adds to a job of a backlog. */
export interface BacklogRound {
  readonly writeUnits: number
  readonly receives: number
  /** Until all are done, relative to the ideal time. */
  readonly time: number
}
type Contender = 'limit' | 'counter'
export interface RateLimitResult {
  /** Write units that it adds to a job that passes at once: alone in its batch, and one of ten. */
  readonly passes: { readonly alone: readonly number[]; readonly ofTen: readonly number[] }
  readonly backlog: Readonly<Record<Contender, readonly BacklogRound[]>>
}

type Consume = (messages: readonly Received[]) => Promise<unknown>

/** Of the sample's `probe`. */
const limitOfProbe = 20
/** Invocations at the same time. */
const width = 5

export async function measure(inputs: Inputs, say: (line: string) => void): Promise<RateLimitResult> {
  const handler = await handlerOf(inputs.bundles['consume-default'] ?? '')
  const QueueUrl = inputs.queues[`${process.env.POWERTOOLS_SERVICE_NAME}-default`] ?? ''
  const consume: Consume = (messages) => handler(queueEvent(messages), contextFor(15))
  const rounds = inputs.quick ? 1 : 5
  const times = (count: number) => Array.from({ length: count }, (_, n) => n)

  const passes = { alone: [] as number[], ofTen: [] as number[] }
  for (const _ of times(rounds * 4)) {
    passes.alone.push(await added(inputs, consume, 1))
    passes.ofTen.push(await added(inputs, consume, 10))
  }
  say('jobs that pass at once')
  const unlimited = (await unitsOf(inputs, consume, 10)) / 10
  const contenders: Record<Contender, (key: string) => Promise<BacklogRound>> = {
    limit: (key) => backlog(inputs, QueueUrl, key, consume, unlimited),
    counter: (key) => backlog(inputs, QueueUrl, key, counterOf(QueueUrl, key), 0),
  }
  const found = { limit: [] as BacklogRound[], counter: [] as BacklogRound[] }
  for (const round of times(rounds)) {
    for (const name of inTurn(['limit', 'counter'] as const, round))
      found[name].push(await contenders[name](ids.fresh()))
    say(`backlog, round ${round + 1} of ${rounds}`)
  }
  return { passes, backlog: found }
}

/** Each with a record of its own, so that no two transactions meet. @param limit absent of a job without one */
function bodyOf(limit?: string): string {
  const job = { ...request(probe, { key: ids.fresh(), ...(limit && { limit }) }), id: ids.fresh() }
  const decoded = decodeItem(outboxItem(job))
  if (decoded.kind !== 'envelope') throw new Error('the probe has no envelope')
  return encodeMessage(decoded.envelope)
}

const bodies = (count: number, limit?: string) => Array.from({ length: count }, () => bodyOf(limit))

/** Write units of a batch. */
async function unitsOf({ gatewayUrl }: Inputs, consume: Consume, count: number, limit?: string): Promise<number> {
  const messages = bodies(count, limit).map((Body) => ({ MessageId: ids.fresh(), ReceiptHandle: 'none', Body }))
  return (await metered(gatewayUrl, () => consume(messages))).writeUnits
}

/** Write units that a limit of their own adds to each job of a batch. */
async function added(inputs: Inputs, consume: Consume, count: number): Promise<number> {
  const limited = await unitsOf(inputs, consume, count, ids.fresh())
  return (limited - (await unitsOf(inputs, consume, count))) / count
}

/** A counter a second. A job that finds it full comes back a second later. */
function counterOf(QueueUrl: string, key: string): Consume {
  const store = dynamoStore(documentClient(), tableNames())
  const client = sqs()
  return async (messages) => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
    await Promise.all(
      messages.map(async ({ MessageId = '', ReceiptHandle }) => {
        const taken = await store.write({
          op: 'update',
          table: 'effects',
          key: { pk: `tokens#${key}#${Math.floor(Date.now() / 1_000)}` },
          update: { text: 'ADD taken :one', values: { ':one': 1, ':limit': limitOfProbe } },
          condition: { text: 'attribute_not_exists(taken) OR taken < :limit' },
        })
        if (taken.kind === 'written') return
        batchItemFailures.push({ itemIdentifier: MessageId })
        await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 1 }))
      }),
    )
    return { batchItemFailures }
  }
}

/** Works a backlog of one key off. @param unlimited write units that each job takes without its limit */
async function backlog(
  { gatewayUrl, quick }: Inputs,
  QueueUrl: string,
  key: string,
  consume: Consume,
  unlimited: number,
): Promise<BacklogRound> {
  const count = quick ? 100 : 200
  const client = sqs()
  for (let sent = 0; sent < count; sent += 10) {
    const Entries = bodies(10, key).map((MessageBody, i) => ({ Id: String(i), MessageBody }))
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  }
  let [receives, done] = [0, 0]
  const poll = async () => {
    while (done < count) {
      const { Messages: messages = [] } = await client.send(
        new ReceiveMessageCommand({
          ...{ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 30 },
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      )
      if (messages.length === 0) continue
      receives += messages.length
      const { batchItemFailures = [] } = (await consume(messages)) as Partial<SQSBatchResponse>
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
      const gone = messages.filter(({ MessageId = '' }) => !failed.has(MessageId))
      if (gone.length > 0) await remove(client, QueueUrl, gone)
      done += gone.length
    }
  }
  const began = Date.now()
  let ended = 0
  const { writeUnits } = await metered(gatewayUrl, async () => {
    await Promise.all(Array.from({ length: width }, poll))
    ended = Date.now()
  })
  const ideal = (count / limitOfProbe) * 1_000
  return { writeUnits: writeUnits / count - unlimited, receives: receives / count, time: (ended - began) / ideal }
}
