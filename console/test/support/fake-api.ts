/** An API for the CLI to speak to: a few dead letters, some lanes, and a memory of what it was asked. */
import { productAlarm } from './product-alarms.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Headers
  readonly body: unknown
}

export interface Answered {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What a test answers in place of the API; `undefined` leaves it to the API. */
export type Interfering = (asked: Asked) => Answered | undefined | Promise<Answered | undefined>

interface Letter {
  readonly id: string
  readonly type: string
  readonly error: string
  readonly diedAt: string
}

export type FakeApi = ReturnType<typeof fakeApi>

export function fakeApi({ step = 100 } = {}) {
  const asked: Asked[] = []
  const letters = new Map<string, Letter>()
  const lanes = new Map(['urgent', 'default', 'bulk', 'ordered'].map((name) => [name, 'running']))
  let born = 0
  let interfering: Interfering = () => undefined

  const handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    const text = await request.text()
    const one: Asked = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    }
    asked.push(one)
    const { status, body, headers = {} } = (await interfering(one)) ?? route(one, { letters, lanes, step })
    const type = status >= 400 ? 'application/problem+json' : 'application/json'
    const date = new Date('2026-11-30T03:00:00.700Z').toUTCString()
    const empty = body === undefined
    return new Response(empty ? null : JSON.stringify(body), {
      status,
      headers: { 'content-type': type, date, ...headers },
    })
  }

  return {
    asked,
    letters,
    lanes,
    handle,
    /** Puts dead letters there. */
    kill(type: string, count: number, error = 'it broke', diedAt = '2026-11-30T01:00:00.000Z') {
      for (let i = 0; i < count; i++) {
        const id = `job-${born++}`
        letters.set(id, { id, type, error, diedAt })
      }
    },
    interfere(by: Interfering) {
      interfering = by
    },
    /** Requests that could have changed something. */
    acts: () =>
      asked.filter(({ method, body }) => method !== 'GET' && !(body as { dryRun?: boolean } | undefined)?.dryRun),
  }
}

export function problem(status: number, detail: string, errors?: readonly object[]): Answered {
  return { status, body: { type: 'about:blank', title: 'No', status, detail, errors } }
}

interface State {
  readonly letters: Map<string, Letter>
  readonly lanes: Map<string, string>
  readonly step: number
}

function route(asked: Asked, state: State): Answered {
  const { method, path } = asked
  const [, first = '', id = '', action = ''] = path.split('/').map(decodeURIComponent)
  const key = `${method} /${first}${id && '/*'}${action && `/${action}`}`
  return (
    routes[path === '/dead-letters/redrive' ? 'redrive' : key]?.(asked, state, id) ??
    problem(404, 'There is no such path.')
  )
}

const job = (id: string, status = 'dead') => ({
  id,
  type: 'send-receipt',
  status,
  lane: 'default',
  attempts: 5,
  maxAttempts: 5,
  createdAt: '2026-11-30T00:59:00.000Z',
  finishedAt: '2026-11-30T01:00:00.000Z',
  lastError: 'SES said \u001b[31mno\u001b[0m\nand hung up',
  failures: [{ attempt: 5, at: '2026-11-30T01:00:00.000Z', error: 'SES said no' }],
  payload: { orderId: 'o-1', email: '[redacted]' },
})

const batch = (id: string) => ({
  id,
  status: id === 'sealed' ? 'running' : 'open',
  total: 8,
  succeeded: 4,
  dead: 1,
  cancelled: 1,
  pending: 2,
  createdAt: '2026-11-30T00:59:00.000Z',
  ...(id === 'sealed' ? { sealedAt: '2026-11-30T01:00:00.000Z' } : {}),
  callbacks: [{ event: 'finished', id: 'job-9', type: 'mail-summary' }],
  pendingCallbacks: [{ event: 'succeeded', type: 'archive' }],
})

const alarms = [
  {
    ...productAlarm('dead-letters', { lane: 'default' }),
    state: 'ALARM',
    reason: 'Threshold Crossed',
    since: '2026-11-30T01:00:00.000Z',
  },
  { ...productAlarm('api-5xx'), state: 'OK', reason: 'no data' },
]

const usage = {
  since: '2026-11-29T03:00:00.000Z',
  until: '2026-11-30T03:00:00.000Z',
  jobs: 2_000,
  items: [
    { service: 'SQS', what: 'at most, OutboxRelay-prod-default', quantity: 6_200, unit: 'request', usd: 0.00248 },
    { service: 'DynamoDB', what: 'writes, OutboxRelay-prod-outbox', quantity: 4_000, unit: 'write unit', usd: 0.0025 },
  ],
  usdTotal: 0.00498,
  usdPerMillionJobs: 2.49,
  prices: { region: 'us-east-1', date: '2026-11' },
}

const pause = { pausedBy: 'circuit breaker', pausedAt: '2026-11-30T02:00:00.000Z', pauseReason: 'most failed' }

const found = (id: string) => (id === 'unknown' ? problem(404, `There is no job "${id}".`) : undefined)

const foundBatch = (id: string) =>
  id === 'unknown' ? problem(404, `There is no batch "${id}", or it ended more than 60 days ago.`) : undefined

const routes: Readonly<Record<string, (asked: Asked, state: State, id: string) => Answered>> = {
  'GET /alarms': () => ({ status: 200, body: { alarms } }),
  'GET /usage': () => ({ status: 200, body: usage }),
  'GET /health': () => ({ status: 200, body: { status: 'ok' } }),
  'POST /jobs': ({ body }) => ({
    status: 202,
    body: { id: 'job-new', type: (body as { type: string }).type, status: 'pending' },
  }),
  'GET /jobs': () => ({ status: 200, body: { jobs: [job('job-1'), job('job-2', 'retrying')], next: 'page-2' } }),
  'GET /jobs/*': ({ query }, __, id) =>
    found(id) ?? { status: 200, body: job(id, 'wait' in query ? 'succeeded' : undefined) },
  'POST /jobs/*/cancel': (_, __, id) =>
    found(id) ??
    (id === 'ran'
      ? problem(409, `Job "${id}" is succeeded: only a job that has not started can be cancelled.`)
      : { status: 200, body: { id, status: 'cancelled' } }),
  'POST /jobs/*/replay': (_, __, id) =>
    found(id) ?? { status: 202, body: { id, type: 'send-receipt', status: 'retrying' } },
  'GET /batches': () => ({ status: 200, body: { batches: [batch('batch-1'), batch('sealed')], next: 'page-2' } }),
  'GET /batches/*': (_, __, id) => foundBatch(id) ?? { status: 200, body: batch(id) },
  'GET /batches/*/jobs': ({ query }, __, id) =>
    foundBatch(id) ?? {
      status: 200,
      body: {
        jobs: query.status ? [job('job-1')] : [{ ...job('job-2', 'succeeded'), result: { rows: 3 } }, job('job-1')],
      },
    },
  'POST /batches/*/seal': (_, __, id) =>
    foundBatch(id) ??
    (id === 'sealed'
      ? problem(409, `Batch "${id}" was sealed at 2026-11-30T01:00:00.000Z: it takes no more members.`)
      : { status: 200, body: { ...batch(id), status: 'running', sealedAt: '2026-11-30T03:00:00.000Z' } }),
  'GET /stats': (_, { letters, lanes }) => ({
    status: 200,
    body: {
      lanes: [...lanes.keys()].map((name) => ({
        name,
        visible: 3,
        inFlight: 1,
        delayed: 0,
        dead: 0,
        oldestAgeSeconds: 7,
      })),
      jobs: { retrying: 2, dead: letters.size },
    },
  }),
  'GET /schedules': () => ({
    status: 200,
    body: {
      schedules: [
        {
          name: 'daily-digest',
          expression: 'cron(0 7 * * ? *)',
          timezone: 'Europe/Vienna',
          type: 'build-report',
          next: '2099-12-01T06:00:00.000Z',
        },
      ],
    },
  }),
  'GET /lanes': (_, { lanes }) => ({
    status: 200,
    body: {
      lanes: [...lanes].map(([name, state]) => ({
        name,
        kind: 'standard',
        state,
        ...(state === 'paused' ? pause : {}),
      })),
    },
  }),
  'POST /lanes/*/pause': (_, state, id) => change(state, id, 'paused'),
  'POST /lanes/*/resume': (_, state, id) => change(state, id, 'running'),
  'POST /reconcile': () => ({ status: 202, body: {} }),
  'GET /actions': () => ({
    status: 200,
    body: {
      actions: [
        {
          id: 'a1',
          at: '2026-11-30T02:00:00.000Z',
          by: 'arn:aws:iam::1:user/ann',
          action: 'redrive',
          detail: '{"all":true}',
        },
      ],
    },
  }),
  'GET /dead-letters': ({ query }, { letters }) => listed(query, letters),
  redrive: ({ body }, state) => redrive(body as Filter & { dryRun?: boolean }, state),
}

function change({ lanes }: State, name: string, to: string): Answered {
  if (!lanes.has(name)) return problem(404, `There is no lane "${name}".`)
  lanes.set(name, to)
  return { status: 200, body: { name, state: to } }
}

interface Filter {
  readonly ids?: readonly string[]
  readonly type?: string
  readonly since?: string
  readonly until?: string
  readonly error?: string
}

function matching({ ids, type, error, since, until }: Filter, letters: ReadonlyMap<string, Letter>): Letter[] {
  return [...letters.values()].filter(
    (letter) =>
      (!ids || ids.includes(letter.id)) &&
      (!type || type === letter.type) &&
      (error === undefined || error === letter.error) &&
      (!since || since <= letter.diedAt) &&
      (!until || letter.diedAt < until),
  )
}

function listed(query: Readonly<Record<string, string>>, letters: ReadonlyMap<string, Letter>): Answered {
  const all = matching(query, letters)
  const from = Number(query.cursor ?? 0)
  const to = from + Number(query.limit ?? 100)
  const counts = Map.groupBy(all, ({ type, error }) => `${type}|${error}`)
  const groups = [...counts.values()].map((of) => ({ type: of[0]?.type, error: of[0]?.error, count: of.length }))
  const deadLetters = all.slice(from, to).map((letter) => ({ ...letter, lane: 'default', attempts: 5 }))
  return { status: 200, body: { deadLetters, groups, next: to < all.length ? String(to) : undefined } }
}

function redrive(body: Filter & { dryRun?: boolean }, { letters, step }: State): Answered {
  const { dryRun, ...filter } = body
  if (Object.keys(filter).length === 0)
    return problem(422, 'Say which dead letters.', [{ path: '', message: 'an empty filter matches nothing' }])
  const all = matching(filter, letters)
  if (dryRun) return { status: 202, body: { matched: all.length, moved: 0, complete: true } }
  const moved = all.slice(0, step)
  for (const { id } of moved) letters.delete(id)
  return { status: 202, body: { matched: moved.length, moved: moved.length, complete: moved.length === all.length } }
}
