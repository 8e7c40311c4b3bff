/** The load: batches of probes, and orders. Like any client that cares, it repeats a request under the same Idempotency-Key until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, apiAt } from '../e2e/support/api.ts'

export interface Accepted {
  /** Keys of probes; each is to be counted exactly once. */
  readonly probes: string[]
  /** Addresses of orders; each is to get its receipt. */
  readonly orders: string[]
}

export interface LoadSettings {
  readonly jobs: number
  readonly run: string
  /** Where the API is; it changes when the stack is started again. */
  readonly url: () => string
  readonly random: () => number
  readonly accepted: Accepted
}

const batchSize = 20
const clients = 4

/** Of a hundred jobs, so many are orders, fail once, and kill their process once. */
const shares = { orders: 10, failing: 10, crashing: 0.3 }

/** Posts everything; resolves when all of it is accepted. */
export async function load(settings: LoadSettings): Promise<void> {
  const batches = Math.ceil(settings.jobs / batchSize)
  let next = 0
  const client = async () => {
    for (let n = next++; n < batches; n = next++) await post(settings, n)
  }
  await Promise.all(Array.from({ length: clients }, client))
}

async function post(settings: LoadSettings, n: number): Promise<void> {
  const { run, random, accepted } = settings
  const orders = Math.round((batchSize * shares.orders) / 100)
  const keys = Array.from({ length: batchSize - orders }, (_, i) => `${run}-${n}-${i}`)
  const jobs = keys.map((key) => ({
    type: 'probe',
    payload: {
      key,
      ...(random() * 100 < shares.failing ? { failAttempts: 1 } : {}),
      ...(random() * 100 < shares.crashing ? { crashAttempts: 1 } : {}),
    },
  }))
  await untilAccepted(settings, `${run}-${n}`, (api, headers) => api.post('/job-batches', { jobs }, headers))
  accepted.probes.push(...keys)
  for (let i = 0; i < orders; i++) {
    const email = `${run}-${n}-${i}@example.com`
    const order = { email, items: [{ sku: 'chaos', quantity: 1, unitPrice: 100 }] }
    await untilAccepted(settings, `order-${email}`, (api, headers) => api.post('/orders', order, headers))
    accepted.orders.push(email)
  }
}

type Request = (
  api: Api,
  headers: Record<string, string>,
) => Promise<{ readonly status: number; readonly body: unknown }>

/** @throws when the request is refused for what it is: then the load itself is wrong */
async function untilAccepted({ url, random }: LoadSettings, key: string, request: Request): Promise<void> {
  for (;;) {
    const answer = await request(apiAt(url()), { 'idempotency-key': key }).catch(() => undefined)
    if (answer && answer.status < 300) return
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      throw new Error(`the load was refused with ${answer.status}: ${JSON.stringify(answer.body)}`)
    }
    await sleep(100 + 400 * random())
  }
}
