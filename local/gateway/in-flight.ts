import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts'
import type { Call } from './call.ts'
import type { Forward } from './engine.ts'

/** How often a long poll looks whether there is room again. */
const LOOK_MS = 100

/**
 * A receive from a queue that may have only so many messages in flight. Without room a long poll waits, and then gets none; a short
 * poll of a standard queue is refused. Those of a FIFO queue get none.
 */
export async function receiveWithin(quota: number, sqs: Forward, call: Call, gone: () => boolean): Promise<Answer> {
  const { QueueUrl, WaitTimeSeconds, MaxNumberOfMessages = 1 } = call.input
  const until = Date.now() + Number(WaitTimeSeconds ?? 0) * 1000
  for (;;) {
    const room = quota - (await inFlight(sqs, QueueUrl))
    if (room > 0) {
      const wanted = Math.min(room, Number(MaxNumberOfMessages))
      const left = Math.max(0, Math.floor((until - Date.now()) / 1000))
      const input = { ...call.input, MaxNumberOfMessages: wanted, WaitTimeSeconds: left }
      return sqs('ReceiveMessage', JSON.stringify(input))
    }
    if (Date.now() >= until || gone()) break
    await sleep(Math.min(LOOK_MS, until - Date.now()))
  }
  const isRefused = !Number(WaitTimeSeconds ?? 0) && !String(QueueUrl).endsWith('.fifo')
  return isRefused ? errorAnswer('sqs', { status: 403, code: 'OverLimit', message: MESSAGE }) : jsonAnswer({})
}

const MESSAGE = 'Too many messages are in flight in this queue. Delete some, or wait until they are visible again.'

/** The engine shows messages that became visible again only after a receive: one of none makes it look. */
async function inFlight(sqs: Forward, QueueUrl: unknown): Promise<number> {
  await sqs('ReceiveMessage', JSON.stringify({ QueueUrl, MaxNumberOfMessages: 'none', WaitTimeSeconds: 0 }))
  const AttributeNames = ['ApproximateNumberOfMessagesNotVisible']
  const { body } = await sqs('GetQueueAttributes', JSON.stringify({ QueueUrl, AttributeNames }))
  return Number(JSON.parse(body).Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0)
}
