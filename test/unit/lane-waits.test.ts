import type { SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { laneWaits } from '../../functions/aws/lane-waits.ts'
import type { Point } from '../../functions/aws/monitor.ts'
import type { Series } from '../../functions/aws/series.ts'
import type { QueueWait } from '../../shared/recovery/reconcile-marks.ts'
import { lanes } from '../support/app.ts'

const now = Date.UTC(2026, 0, 1)
const minute = 60_000

interface Told {
  readonly visible?: number
  readonly hidden?: number
  readonly delayed?: number
  readonly state?: 'running' | 'paused' | 'changing'
  readonly ages?: readonly Point[]
  /** How late the relay sent jobs of the lane. */
  readonly lags?: readonly Point[]
  /** The age of the last record of each batch of the relay, also of one that it could not send. */
  readonly iteratorAges?: readonly Point[]
  readonly fails?: 'sqs' | 'monitor'
}

/** What the adapter makes of what AWS tells of the lane `default`, and the series that it read. */
async function waitOf({
  visible = 0,
  hidden = 0,
  delayed = 0,
  state = 'running',
  ages = [],
  lags = [],
  iteratorAges = [],
  fails,
}: Told) {
  const asked: (readonly [Series, number])[] = []
  const known: Readonly<Record<string, readonly Point[]>> = {
    ApproximateAgeOfOldestMessage: ages,
    forwardLatency: lags,
    IteratorAge: iteratorAges,
  }
  const Attributes = {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  }
  const send = async () => {
    if (fails === 'sqs') throw new Error('AccessDenied')
    return { Attributes }
  }
  const read = async (series: readonly Series[], since: Date) => {
    if (fails === 'monitor') throw new Error('Throttling')
    asked.push(...series.map((one) => [one, now - since.getTime()] as const))
    return series.map(({ name }) => known[name] ?? [])
  }
  const waits = await laneWaits({
    sqs: { send } as unknown as SQSClient,
    monitor: { read },
    control: { state: async () => state },
    urls: new Map([['default', { kind: 'standard', queueUrl: 'q', deadLetterUrl: 'd' }]]),
    lanes: lanes.slice(0, 1),
    prefix: 'Shop',
    now: () => now,
  })
  return { wait: waits.get('default'), asked }
}

const ages = [
  { at: now - 5 * minute, value: 300 },
  { at: now - minute, value: 20 },
]
it.each<[string, Told, QueueWait]>([
  ['an empty queue', {}, { kind: 'empty', lag: 0 }],
  ['an empty queue behind a late relay', { lags: [{ at: now, value: 9_000 }] }, { kind: 'empty', lag: 9_000 }],
  [
    'an empty queue behind a relay that can send nothing',
    { iteratorAges: [{ at: now, value: 9_000 }], lags: [{ at: now, value: 8_000 }] },
    { kind: 'empty', lag: 9_000 },
  ],
  ['the oldest of the last minutes', { visible: 1, ages }, { kind: 'oldest', sentAt: now - 10 * minute, lag: 0 }],
  ['hidden messages count', { hidden: 1, ages }, { kind: 'oldest', sentAt: now - 10 * minute, lag: 0 }],
  ['delayed messages count', { delayed: 1, ages }, { kind: 'oldest', sentAt: now - 10 * minute, lag: 0 }],
  ['a sleeping metric', { visible: 1 }, { kind: 'unknown' }],
  ['a paused lane', { visible: 1, state: 'paused', ages }, { kind: 'unknown' }],
  ['a lane that is being paused', { visible: 1, state: 'changing', ages }, { kind: 'unknown' }],
  ['a paused lane that is empty', { state: 'paused' }, { kind: 'empty', lag: 0 }],
  ['SQS does not answer', { fails: 'sqs' }, { kind: 'unreadable', reason: 'Error: AccessDenied' }],
  ['CloudWatch does not answer', { visible: 1, fails: 'monitor' }, { kind: 'unreadable', reason: 'Error: Throttling' }],
])('how long messages wait: %s', async (_, told, wait) => {
  expect((await waitOf(told)).wait).toEqual(wait)
})

it('reads the age of the queue, and how late the relay was since the oldest message was sent', async () => {
  const { asked } = await waitOf({ visible: 1, ages })
  const lag = { statistic: 'Maximum', periodSeconds: 3_600 }
  expect(asked).toMatchObject([
    [{ namespace: 'AWS/SQS', dimensions: { QueueName: 'Shop-default' }, periodSeconds: 60 }, 20 * minute],
    [{ namespace: 'OutboxRelay', dimensions: { service: 'Shop', lane: 'default' }, ...lag }, 70 * minute],
    [{ namespace: 'AWS/Lambda', dimensions: { FunctionName: 'Shop-relay' }, ...lag }, 70 * minute],
  ])
})
