/** Sends generated requests to every route, and looks for what must not be: a 5xx, a hang, an answer that is not documented, an item left by a refusal. */
import fc from 'fast-check'
import { apiAt } from '../../e2e/support/api.ts'
import { seeded } from '../../support/random.ts'
import { createCheck } from './check.ts'
import { operationsOf } from './document.ts'
import { leftovers, takeSnapshot } from './leftovers.ts'
import { type FuzzRequest, type Operation, requestFor } from './requests.ts'
import { asCurl, prepare, type Sent, send } from './send.ts'

export interface FuzzSettings {
  readonly apiUrl: string
  readonly awsUrl: string
  readonly requests: number
  readonly seed: number
  readonly progress: (line: string) => void
}

export interface FuzzReport {
  readonly requests: number
  readonly statuses: Readonly<Record<string, number>>
  /** One text each: what was wrong, and the request as a curl command. */
  readonly failures: readonly string[]
}

const clients = 8
const round = 500
/** Stands in the generated texts for the number of the request, so that an item tells whose it is. */
const mark = 'fz0000000-'
const markOf = (n: number) => `fz${String(n).padStart(7, '0')}-`
/** Enough to see what is wrong. */
const mostFailures = 50

export async function fuzz({ apiUrl, awsUrl, requests, seed, progress }: FuzzSettings): Promise<FuzzReport> {
  const api = apiAt(apiUrl)
  const operations = operationsOf((await api.get<Parameters<typeof operationsOf>[0]>('/openapi.json')).body)
  const lanes = (await api.get<{ lanes: { name: string }[] }>('/lanes')).body.lanes.map(({ name }) => name)
  const before = await takeSnapshot(awsUrl)
  const plan = generate(operations, { types: ['probe', 'send-receipt'], lanes }, requests, seed)
  const check = createCheck()
  const sent = new Map<number, Sent>()
  const [pool, ids] = [[] as string[], new Set<string>()]
  const statuses: Record<string, number> = {}
  const failures: string[] = []
  let passwordResets = 0

  const fail = (what: string) => {
    failures.push(what)
    progress(what)
  }
  const one = async (n: number, request: FuzzRequest) => {
    const prepared = prepare(apiUrl, numbered(request, n), pool)
    sent.set(n, prepared)
    const wrong = await send(prepared).then(
      (answer) => {
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
        if (answer.status < 300 && request.method === 'POST') {
          if (request.operation.path === '/password-resets') passwordResets++
          for (const id of idsIn(answer.text)) {
            ids.add(id)
            pool.push(id)
          }
        }
        return check(operations, request.operation, request.method, answer)
      },
      (error) => `got no answer: ${error}`,
    )
    if (wrong) fail(`${request.operation.method} ${request.operation.path} ${wrong}\n  ${asCurl(prepared)}`)
  }
  let n = 0
  for (const batch of plan) {
    await side(batch, (request) => one(n++, request))
    progress(`${n} requests, ${failures.length} failures`)
    if (failures.length >= mostFailures) break
  }
  for (const item of await leftovers(apiUrl, awsUrl, before, { ids, passwordResets })) {
    const whose = sent.get(Number(/fz(\d{7})-/.exec(item)?.[1] ?? -1))
    fail(`an item without a success: ${item.slice(0, 500)}\n  ${whose ? asCurl(whose) : 'of an unknown request'}`)
  }
  return { requests: n, statuses, failures }
}

/** Round after round; those of one round in an order that the seed decides. */
function* generate(
  operations: readonly Operation[],
  words: Parameters<typeof requestFor>[2],
  requests: number,
  seed: number,
): Generator<FuzzRequest[]> {
  const random = seeded(seed)
  const arbitraries = operations.map((operation) => ({ operation, arbitrary: requestFor(operation, mark, words) }))
  // A body can be wrong in more ways than a path. What starts a scan of the whole outbox comes rarely.
  const weights = operations.map(({ method, body, path }) =>
    body ? 5 : method === 'POST' && !path.includes('{') ? 0.1 : 1,
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (let begun = 0, r = 0; begun < requests; r++) {
    const size = Math.min(round, requests - begun)
    const batch = arbitraries.flatMap(({ arbitrary }, i) => {
      const share = ((weights[i] ?? 1) / total) * size
      const numRuns = Math.floor(share) + (random() < share % 1 ? 1 : 0)
      return numRuns === 0 ? [] : fc.sample(arbitrary, { seed: seed + 1_000 * r + i, numRuns })
    })
    begun += batch.length
    yield batch
      .map((request) => ({ request, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ request }) => request)
  }
}

async function side<T>(list: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) await work(list[i] as T)
  }
  await Promise.all(Array.from({ length: clients }, worker))
}

function numbered(request: FuzzRequest, n: number): FuzzRequest {
  const named = (text: string) => text.replaceAll(mark, markOf(n))
  return {
    ...request,
    params: request.params.map((param) => (typeof param === 'string' ? named(param) : param)),
    query: request.query.map(([name, value]) => [named(name), named(value)] as const),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, named(value)])),
    body: request.body === undefined ? undefined : named(request.body),
  }
}

/** Ids that an answer gives out: of what was created, and of its jobs. */
function idsIn(text: string): string[] {
  if (text === '') return []
  const { id, jobs = [] } = JSON.parse(text) as { id?: string; jobs?: { id: string }[] }
  return [...(id === undefined ? [] : [id]), ...jobs.map((job) => job.id)]
}
