/** POST with one job, through the bundled handler; beside it the same transaction, bare, through the same client. */
import { randomUUID } from 'node:crypto'
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { dynamoDb } from '../../../../functions/aws/clients.ts'
import type { Inputs } from '../child.ts'
import { httpEvent, newOrder, newReceipt, outboxItem } from '../events.ts'
import { contextFor, cpuOf, handlerOf, timed } from '../inside.ts'
import { contest } from '../rounds.ts'
import { percentile } from '../statistics.ts'

export interface ApiRound {
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  readonly cpu: number
}
export type ApiResult = Readonly<Record<'job' | 'jobFloor' | 'order', readonly ApiRound[]>>

export async function measure({ bundles, quick }: Inputs, say: (line: string) => void): Promise<ApiResult> {
  const handler = await handlerOf(bundles.api ?? '')
  const client = dynamoDb()
  const ask = async (event: object) => {
    const answer = (await handler(event, contextFor(20))) as { statusCode: number; body: string }
    if (answer.statusCode >= 300) throw new Error(`the API answered ${answer.statusCode}: ${answer.body}`)
  }
  const contenders = {
    job: () => ({ ready: httpEvent('POST', '/jobs', newReceipt()), run: ask }),
    jobFloor: () => ({
      ready: new TransactWriteItemsCommand({
        ClientRequestToken: randomUUID(),
        TransactItems: [
          {
            Put: {
              TableName: process.env.OUTBOX_TABLE,
              Item: marshall(outboxItem()),
              ConditionExpression: 'attribute_not_exists(pk)',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
        ],
      }),
      run: (command: unknown) => client.send(command as TransactWriteItemsCommand),
    }),
    order: () => ({ ready: httpEvent('POST', '/orders', newOrder), run: ask }),
  }
  const names = Object.keys(contenders) as (keyof typeof contenders)[]
  const [rounds, requests] = quick ? [2, 50] : [5, 300]
  return contest(rounds, say, async () => {
    const sums = { job: [] as Sample[], jobFloor: [] as Sample[], order: [] as Sample[] }
    for (let n = 0; n < requests; n++) {
      for (const name of names) {
        const { ready, run } = contenders[name]()
        const work = run as (ready: unknown) => Promise<unknown>
        let ms = 0
        const cpu = await cpuOf(async () => {
          ms = await timed(() => work(ready))
        })
        sums[name].push({ ms, cpu })
      }
    }
    return { job: roundOf(sums.job), jobFloor: roundOf(sums.jobFloor), order: roundOf(sums.order) }
  })
}

interface Sample {
  readonly ms: number
  readonly cpu: number
}

function roundOf(samples: readonly Sample[]): ApiRound {
  const times = samples.map(({ ms }) => ms)
  const total = times.reduce((sum, ms) => sum + ms, 0)
  return {
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    perSecond: (times.length / total) * 1000,
    cpu: samples.reduce((sum, { cpu }) => sum + cpu, 0) / samples.length,
  }
}
