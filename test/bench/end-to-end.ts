import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StackProcess } from '../../console/run-stack.ts'
import { cpuShare } from './cpu.ts'
import { floor } from './floor.ts'
import { type Summary, summaryOf } from './statistics.ts'

export interface EndToEnd {
  /** From the 201 to the moment that the mail service has the mail, one order after the other. */
  readonly orders: Summary
  /** The same way without anything on it, see floor.ts. */
  readonly floor: Summary
  readonly ratio: number
  /** CPU of the whole idle stack, as a share of one core. */
  readonly idleCpu: number
}

const rounds = 60
const idleSeconds = 15

/** How long a receipt takes on a stack that does nothing else. */
export async function endToEnd(stack: StackProcess): Promise<EndToEnd> {
  for (let n = 0; n < 5; n++) await order(stack)
  const times: number[] = []
  for (let n = 0; n < rounds; n++) {
    // Not in step with the poll of the stream.
    await sleep(Math.random() * 250)
    times.push(await order(stack))
  }
  const [orders, least] = [summaryOf(times), summaryOf(await floor(stack.awsUrl, rounds))]
  const idleCpu = await cpuShare(stack.pid, idleSeconds)
  return { orders, floor: least, ratio: orders.p50 / least.p50, idleCpu }
}

interface Mail {
  readonly Timestamp: string
  readonly Destination: { readonly ToAddresses: readonly string[] }
}

/** Places an order; ms from its 201 to the time stamp of its mail. Both clocks are this machine's. */
async function order({ apiUrl, awsUrl }: StackProcess): Promise<number> {
  const email = `bench-${randomBytes(6).toString('hex')}@example.com`
  const body = JSON.stringify({ email, items: [{ sku: 'tea', quantity: 1, unitPrice: 450 }] })
  const headers = { 'content-type': 'application/json' }
  const { status } = await fetch(`${apiUrl}/orders`, { method: 'POST', headers, body })
  const answeredAt = Date.now()
  if (status !== 201) throw new Error(`POST /orders answered ${status}`)
  const until = answeredAt + 30_000
  while (Date.now() < until) {
    const { messages } = (await (await fetch(`${awsUrl}/_aws/ses`)).json()) as { messages: Mail[] }
    const mail = messages.find(({ Destination }) => Destination.ToAddresses.includes(email))
    if (mail) return Math.max(0, Date.parse(mail.Timestamp) - answeredAt)
    await sleep(50)
  }
  throw new Error(`no mail to ${email} within 30 s`)
}
