/** A shop that is open for some minutes, and has a bad night at the end of them: what the pictures show. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Shop extends AsyncDisposable {
  /** Trades for so long, well first, badly for the last third. Resolves to the id of an order whose receipt cannot be sent. */
  trade(minutes: number): Promise<string>
  call<T>(method: string, path: string, body?: object): Promise<T>
}

interface Stack {
  readonly apiUrl: string
  readonly awsUrl: string
}

const goods = [
  { sku: 'green-tea', unitPrice: 450 },
  { sku: 'earl-grey', unitPrice: 520 },
  { sku: 'mug', unitPrice: 950 },
  { sku: 'teapot', unitPrice: 3_900 },
] as const

/** Whose mail server has been switched off. */
const gone = 'old-mail.example'

export async function openShop({ apiUrl, awsUrl }: Stack): Promise<Shop> {
  const others = await startOthers()
  const call = caller(apiUrl)
  const place = (n: number, domain: string) =>
    call<{ id: string }>('POST', '/orders', {
      email: `customer-${n}@${domain}`,
      items: [{ ...goods[n % goods.length], quantity: 1 + (n % 3) }],
    })

  /** One second of business. */
  async function second(n: number, bad: boolean): Promise<void> {
    const busy = 2 + Math.round(Math.sin(n / 40) + Math.cos(n / 9))
    const jobs = Array.from({ length: busy }, (_, i) =>
      place(n * 5 + i, bad && i === 0 && n % 3 === 0 ? gone : 'example.com'),
    )
    if (n % 5 === 0) jobs.push(call('POST', '/password-resets', { email: `customer-${n}@example.com` }))
    if (n % 15 === 0)
      jobs.push(call('POST', '/jobs', { type: 'build-report', payload: { from: '2026-11-01', to: '2026-11-07' } }))
    if (bad && n % 6 === 0) jobs.push(signUp(n))
    await Promise.allSettled(jobs)
  }

  async function signUp(n: number): Promise<{ id: string }> {
    const user = await call<{ id: string }>('POST', '/users', {
      email: `member-${n}@example.com`,
      fullName: `Member ${n}`,
    })
    return call('POST', '/jobs', { type: 'sync-crm', payload: { userId: user.id, url: `${others.url}/crm` } })
  }

  return {
    call,
    async trade(minutes) {
      await call('POST', '/webhooks', { url: `${others.url}/partner`, events: ['order.created'] })
      const seconds = minutes * 60
      let order = ''
      for (let n = 0; n < seconds; n++) {
        const bad = n > (2 * seconds) / 3
        if (bad && !order) order = await breakDown()
        await Promise.all([second(n, bad), sleep(1_000)])
      }
      return order
    },
    async [Symbol.asyncDispose]() {
      await others.stop()
    },
  }

  async function breakDown(): Promise<string> {
    const fault = {
      service: 'ses',
      operation: 'SendEmail',
      match: gone,
      error: { statusCode: 400, code: 'MessageRejected', message: 'Email address is not verified.' },
    }
    await caller(awsUrl)('POST', '/_localstack/chaos/faults', [fault])
    others.partnerIsDown()
    const { id } = await place(0, gone)
    return id
  }
}

/** The other companies: a partner who gets webhooks, and a CRM that has forgotten a field. */
async function startOthers() {
  let down = false
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === '/crm') response.writeHead(422).end('unknown field "fullName"')
    else response.writeHead(down ? 503 : 204).end(down ? 'maintenance until 04:00' : '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    partnerIsDown: () => {
      down = true
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** How often a stack is asked that has just started on a busy machine. */
const patience = 20

function caller(base: string) {
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    const request = {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    }
    let response = await fetch(base + path, request)
    for (let tries = 1; response.status === 503 && tries < patience; tries++) {
      await sleep(1_000)
      response = await fetch(base + path, request)
    }
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return (text ? JSON.parse(text) : undefined) as T
  }
}
