/** The load. Like any client that cares, it repeats a request under the same Idempotency-Key until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, apiAt } from '../../e2e/support/api.ts'
import { unanswered } from './faults.ts'

export interface AcceptedOrder {
  readonly id: string
  readonly email: string
  readonly receipt: string
}

/** What was answered with a success; from then on it is promised. */
export interface Accepted {
  /** Key of a probe → id of its job. */
  readonly probes: Map<string, string>
  readonly orders: AcceptedOrder[]
  /** Group → ids of its jobs in the order in which they were accepted; their labels are 0, 1, 2, … */
  readonly groups: Map<string, string[]>
  /** Key of the probe that a batch causes when it has finished → number of its members. */
  readonly batches: Map<string, number>
  /** Every job. */
  readonly jobs: Set<string>
  /** Those whose time is so far off that they wait in the outbox. */
  readonly waiting: Set<string>
  /** Those that the stream forgot before the relay read them. */
  readonly forgotten: Set<string>
}

export const nothingAccepted = (): Accepted => ({
  probes: new Map(),
  orders: [],
  groups: new Map(),
  batches: new Map(),
  jobs: new Set(),
  waiting: new Set(),
  forgotten: new Set(),
})

export interface LoadSettings {
  readonly jobs: number
  /** Begins the names of everything in this run. */
  readonly run: string
  /** Where the API is; it changes when the stack is started again. */
  readonly url: () => string
  readonly random: () => number
  readonly accepted: Accepted
  /** Some probes fail until they are dead, which takes 15 s; some wait longer than a queue can delay them. */
  readonly long: boolean
}

const batchSize = 50
/** More at a time would not come sooner: their processes and those of the consumers would take turns in a machine of two cores. */
const clients = 2
const groups = 4
/** More than the 900 s by which SQS delays a message. */
const waitSeconds = 3_600

/** Of a hundred jobs, so many are of orders (two each), in groups, fail once, until they are dead, or kill their process once; are urgent, delayed, or wait in the outbox. */
const shares = { orders: 12, ordered: 2, failing: 8, doomed: 0.5, crashing: 0.2, urgent: 10, delayed: 5, waiting: 1 }
const share = (jobs: number, percent: number) => Math.ceil((jobs * percent) / 100)

/** Posts everything; resolves when all of it is accepted. */
export async function load(settings: LoadSettings): Promise<void> {
  const orders = share(settings.jobs, shares.orders / 2)
  const perGroup = share(settings.jobs, shares.ordered / groups)
  const batches = Math.ceil((settings.jobs - 2 * orders - groups * perGroup) / batchSize)
  // One order after every so many batches, so that all kinds come all the time.
  const requests = [
    ...Array.from({ length: batches }, (_, n) => ({ at: n / batches, send: () => postBatch(settings, n) })),
    ...Array.from({ length: orders }, (_, n) => ({ at: n / orders, send: () => postOrder(settings, n) })),
  ].sort((a, b) => a.at - b.at)
  let next = 0
  const client = async () => {
    for (let n = next++; n < requests.length; n = next++) await requests[n]?.send()
  }
  await Promise.all([
    ...Array.from({ length: clients }, client),
    ...Array.from({ length: groups }, (_, n) => postGroup(settings, `${settings.run}-group-${n}`, perGroup)),
  ])
}

/** Of so many requests for jobs, one makes them the members of a batch. */
const inBatches = 3

async function postBatch(settings: LoadSettings, n: number): Promise<void> {
  const { run, random, accepted } = settings
  const chance = (percent: number) => random() * 100 < percent
  const jobs = Array.from({ length: batchSize }, (_, i) => ({
    type: 'probe',
    payload: {
      key: `${run}-${n}-${i}`,
      ...(chance(shares.failing) ? { failAttempts: 1 } : {}),
      ...(settings.long && chance(shares.doomed) ? { failAttempts: 5 } : {}),
      ...(chance(shares.crashing) ? { crashAttempts: 1 } : {}),
    },
    ...(chance(shares.urgent) ? { lane: 'urgent' } : {}),
    ...(chance(shares.delayed) ? { delaySeconds: 1 + Math.floor(10 * random()) } : {}),
    ...(settings.long && chance(shares.waiting) ? { delaySeconds: waitSeconds } : {}),
  }))
  const end = `${run}-${n}-end`
  const isBatch = n % inBatches === 0
  const onFinished = isBatch ? { onFinished: { type: 'probe', payload: { key: end } } } : {}
  const path = isBatch ? '/batches' : '/job-batches'
  const body = await untilAccepted<{ jobs: { id: string }[] }>(settings, `${run}-${n}`, path, {
    jobs,
    ...onFinished,
  })
  if (isBatch) accepted.batches.set(end, jobs.length)
  for (const [i, { id }] of body.jobs.entries()) {
    accepted.probes.set(`${run}-${n}-${i}`, id)
    accepted.jobs.add(id)
    if (jobs[i]?.delaySeconds === waitSeconds) accepted.waiting.add(id)
  }
}

async function postOrder(settings: LoadSettings, n: number): Promise<void> {
  const { run, accepted } = settings
  const email = `${n % 20 === 0 ? `${unanswered}-` : ''}${run}-${n}@example.com`
  const order = { email, items: [{ sku: 'chaos', quantity: 1, unitPrice: 100 }] }
  type Body = { id: string; jobs: { id: string; type: string }[] }
  const { id, jobs } = await untilAccepted<Body>(settings, `order-${email}`, '/orders', order)
  const receipt = jobs.find(({ type }) => type === 'send-receipt')?.id ?? ''
  accepted.orders.push({ id, email, receipt })
  for (const job of jobs) accepted.jobs.add(job.id)
}

/** One after the other: what was answered first is first. */
async function postGroup(settings: LoadSettings, group: string, count: number): Promise<void> {
  const { accepted } = settings
  accepted.groups.set(group, [])
  for (let n = 0; n < count; n++) {
    const job = { type: 'probe', payload: { key: group, label: String(n) }, lane: 'ordered', group }
    const { id } = await untilAccepted<{ id: string }>(settings, `${group}-${n}`, '/jobs', job)
    accepted.groups.get(group)?.push(id)
    accepted.jobs.add(id)
  }
}

/** @throws when the request is refused for what it is: then the load itself is wrong */
async function untilAccepted<T>({ url, random }: LoadSettings, key: string, path: string, body: object): Promise<T> {
  for (;;) {
    const post = (api: Api) => api.post<T>(path, body, { 'idempotency-key': key })
    const answer = await post(apiAt(url())).catch(() => undefined)
    if (answer && answer.status < 300) return answer.body
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      throw new Error(`the load was refused with ${answer.status}: ${JSON.stringify(answer.body)}`)
    }
    await sleep(100 + 400 * random())
  }
}
