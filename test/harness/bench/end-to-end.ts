import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StackProcess } from '../../../local/run-stack.ts'
import { cpuShare } from './cpu.ts'
import { floor } from './floor.ts'
import { percentile } from './statistics.ts'

export interface Latencies {
  /** ms */
  readonly p50: number
  readonly p99: number
}

export interface EndToEnd {
  /** From the 201 to the moment that the mail service has the mail, one order after the other; per round. */
  readonly idle: readonly Latencies[]
  /** The same way without anything on it, see floor.ts. */
  readonly floor: readonly Latencies[]
  /** Orders a second that the stack can take on this machine, and the latencies at 80 % of it. */
  readonly saturation: number
  readonly loaded: Latencies
  /** CPU of the whole idle stack, as a share of one core. */
  readonly idleCpu: number
}

/** How long a receipt takes, on a stack that does nothing else and on one that is busy. */
export async function endToEnd(stack: StackProcess, quick: boolean, say: (line: string) => void): Promise<EndToEnd> {
  const [rounds, orders, seconds] = quick ? [2, 5, 3] : [5, 25, 12]
  for (let n = 0; n < 5; n++) await latencies(stack, [await place(stack)])
  const idle: Latencies[] = []
  const least: Latencies[] = []
  for (let round = 0; round < rounds; round++) {
    const times: number[] = []
    for (let n = 0; n < orders; n++) {
      // Not in step with the poll of the stream.
      await sleep(Math.random() * 250)
      times.push(...(await latencies(stack, [await place(stack)])))
    }
    idle.push(summaryOf(times))
    least.push(summaryOf(await floor(stack.awsUrl, orders)))
    say(`round ${round + 1} of ${rounds}`)
  }
  const idleCpu = await cpuShare(stack.pid, quick ? 3 : 10)
  const saturation = await saturate(stack, seconds)
  say(`${saturation.toFixed(0)} orders a second at most`)
  const loaded = summaryOf(await underLoad(stack, 0.8 * saturation, seconds))
  return { idle, floor: least, saturation, loaded, idleCpu }
}

function summaryOf(ms: readonly number[]): Latencies {
  return { p50: percentile(ms, 50), p99: percentile(ms, 99) }
}

interface Placed {
  readonly email: string
  readonly answeredAt: number
}

async function place({ apiUrl }: StackProcess): Promise<Placed> {
  const email = `bench-${randomBytes(6).toString('hex')}@example.com`
  const body = JSON.stringify({ email, items: [{ sku: 'tea', quantity: 1, unitPrice: 450 }] })
  const headers = { 'content-type': 'application/json' }
  const { status } = await fetch(`${apiUrl}/orders`, { method: 'POST', headers, body })
  if (status !== 201) throw new Error(`POST /orders answered ${status}`)
  return { email, answeredAt: Date.now() }
}

interface Mail {
  readonly Timestamp: string
  readonly Destination: { readonly ToAddresses: readonly string[] }
}

/** ms from each 201 to the time stamp of its mail. Both clocks are this machine's. */
async function latencies({ awsUrl }: StackProcess, orders: readonly Placed[]): Promise<number[]> {
  const until = Date.now() + 120_000
  while (Date.now() < until) {
    const { messages } = (await (await fetch(`${awsUrl}/_aws/ses`)).json()) as { messages: Mail[] }
    const sent = new Map(messages.map((mail) => [mail.Destination.ToAddresses[0], Date.parse(mail.Timestamp)]))
    const times = orders.flatMap(({ email, answeredAt }) => {
      const at = sent.get(email)
      return at === undefined ? [] : [Math.max(0, at - answeredAt)]
    })
    if (times.length === orders.length) return times
    await sleep(orders.length > 1 ? 500 : 20)
  }
  throw new Error(`of ${orders.length} orders, some had no mail within two minutes`)
}

/** Orders a second, from the first order to the last mail, while callers wait for nothing but their answers. */
async function saturate(stack: StackProcess, seconds: number): Promise<number> {
  const began = Date.now()
  const orders: Placed[] = []
  const caller = async () => {
    while (Date.now() < began + seconds * 1000) orders.push(await place(stack))
  }
  await Promise.all(Array.from({ length: 8 }, caller))
  const times = await latencies(stack, orders)
  const end = Math.max(...orders.map(({ answeredAt }, i) => answeredAt + (times[i] ?? 0)))
  return orders.length / ((end - began) / 1000)
}

/** Orders at a steady rate, whether or not earlier ones have been answered. */
async function underLoad(stack: StackProcess, perSecond: number, seconds: number): Promise<number[]> {
  const placed: Promise<Placed>[] = []
  const began = performance.now()
  for (let n = 0; n < perSecond * seconds; n++) {
    await sleep(Math.max(0, began + (n * 1000) / perSecond - performance.now()))
    placed.push(place(stack))
  }
  return latencies(stack, await Promise.all(placed))
}
