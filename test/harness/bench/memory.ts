/** The most that each function ever holds, at the largest batch it can get. Linux only: it reads /proc. */
import { readFileSync } from 'node:fs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import publishEvent from '../../../app/jobs/publish-event.ts'
import { ids } from '../../../functions/aws/ids.ts'
import { startProcess } from '../../../local/lambda/process.ts'
import { request } from '../../../shared/define/job.ts'
import { decodeItem } from '../../../shared/outbox/outbox-item.ts'
import { httpEvent, newReceipt, outboxItem, queueEvent, streamEvent } from './events.ts'
import { fill } from './fill.ts'
import type { World } from './world.ts'

export interface Peak {
  readonly fn: string
  readonly batch: string
  /** MB */
  readonly peak: number
  readonly configured: number
}

/** An event of Lambda has 6 MB at most; text of base64 and JSON around it leave this much for jobs, in bytes. */
const eventBytes = 5_500_000
const KB = 1024

export async function peaks(world: World, quick: boolean, say: (line: string) => void): Promise<Peak[]> {
  const items = quick ? 2_000 : 100_000
  const dynamodb = new DynamoDBClient({ endpoint: world.direct.AWS_ENDPOINT_URL_DYNAMODB ?? '', ...credentials })
  await fill(dynamodb, world.functionOf('reconcile').environment, items - world.filled, { ageHours: 2 }, say)
  const cases: [fn: string, batch: string, event: unknown][] = [
    ['api', '100 jobs in one request of 250 KB', batchRequest()],
    ['relay', '100 records, 5.5 MB', streamEvent(Array.from({ length: 100 }, () => bigItem(eventBytes / 100)))],
    ['consume-default', '10 jobs of 380 KB', queueEvent(Array.from({ length: 10 }, bigMessage))],
    ['sweep', 'nothing due', {}],
    ['schedule', 'one scheduled run', { schedule: 'daily-digest', at: new Date().toISOString() }],
    ['reconcile', `${items.toLocaleString('en')} jobs`, { everything: true }],
  ]
  const found: Peak[] = []
  for (const [fn, batch, event] of cases) {
    found.push({ fn, batch, ...(await peakOf(world, fn, event)) })
    say(fn)
  }
  return found
}

const credentials = { region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } }

async function peakOf(world: World, name: string, event: unknown) {
  const fn = world.functionOf(name)
  const child = startProcess(fn, world.environmentOf(name, 'metered'), () => {})
  try {
    await child.init
    // A second time: a process is reused, and what the first left behind counts as well.
    for (let n = 0; n < 2; n++) {
      const ending = await child.run({ requestId: ids.fresh(), traceId: '', event: JSON.stringify(event) })
      if (ending.kind !== 'answered') throw new Error(`${name} failed at its largest batch: ${JSON.stringify(ending)}`)
    }
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / KB
    return { peak, configured: fn.memoryMb }
  } finally {
    child.kill()
    await child.closed
  }
}

function batchRequest() {
  const job = newReceipt()
  const payload = { ...(job.payload as object), orderId: 'x'.repeat(2_300) }
  return httpEvent('POST', '/job-batches', { jobs: Array.from({ length: 100 }, () => ({ ...job, payload })) })
}

function bigItem(bytes: number) {
  const event = { event: 'order.created' as const, at: new Date().toISOString(), data: 'x'.repeat(bytes - 1_000) }
  return outboxItem({ ...request(publishEvent, event), id: ids.fresh() })
}

function bigMessage() {
  const decoded = decodeItem(bigItem(380 * KB))
  return {
    MessageId: ids.fresh(),
    ReceiptHandle: 'none',
    Body: JSON.stringify(decoded.kind === 'envelope' ? decoded.envelope : marshall({})),
  }
}
