import { describe, expect, test } from 'vitest'
import { fakeApi } from './support/fake-api.ts'
import { outbox } from './support/fake-ports.ts'

const lines = [
  'enqueue send-receipt {"orderId":"o-1"}',
  'enqueue send-receipt --dry-run',
  'jobs ls',
  'jobs get job-1',
  'jobs wait job-1',
  'jobs cancel job-1',
  'jobs cancel job-1 --dry-run',
  'jobs replay job-1',
  'jobs replay job-1 --dry-run',
  'batches ls',
  'batches ls --status open',
  'batches get batch-1',
  'batches jobs batch-1',
  'batches jobs batch-1 --status dead',
  'batches seal batch-1',
  'batches seal batch-1 --dry-run',
  'dlq ls',
  'dlq redrive --all --dry-run',
  'dlq redrive --all --yes',
  'dlq redrive --type no-such --yes',
  'stats',
  'alarms',
  'usage',
  'usage --hours 168',
  'schedules ls',
  'lanes ls',
  'lanes pause bulk',
  'lanes resume bulk',
  'lanes pause bulk --dry-run',
  'reconcile',
  'reconcile --dry-run',
  'actions ls',
  'doctor --stage prod',
]

function busyApi() {
  const api = fakeApi()
  api.kill('send-receipt', 3, 'SES \u009b31m said no')
  return api
}

describe('every command', () => {
  test.each(lines)('%s prints one JSON value where nobody looks, with no control character in it', async (line) => {
    const { out, err } = await outbox(line, { api: busyApi() })
    expect(err).toBe('')
    expect(() => JSON.parse(out)).not.toThrow()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  test.each(lines)(
    '%s prints text for a person, and none of what a terminal would obey with NO_COLOR',
    async (line) => {
      const { out } = await outbox(line, { api: busyApi(), tty: true, env: { NO_COLOR: '1' } })
      expect(out.trim()).not.toBe('')
      expect(() => JSON.parse(out)).toThrow()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    },
  )

  test.each(lines)('%s prints the same JSON at a terminal that asks for it', async (line) => {
    const piped = await outbox(line, { api: busyApi() })
    const asked = await outbox(`${line} --output json`, { api: busyApi(), tty: true })
    expect(JSON.parse(asked.out)).toEqual(JSON.parse(piped.out))
  })

  test.each(lines.filter((line) => line.includes('--dry-run')))('%s changes nothing', async (line) => {
    const api = busyApi()
    await outbox(line, { api })
    expect(api.acts()).toEqual([])
  })
})

test('enqueue sends what was asked, under a key of its own', async () => {
  const api = fakeApi()
  const line = 'enqueue probe {"key":"a"} --delay 15m --lane bulk --group g --tenant t'
  const { code, out } = await outbox(line, { api })
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual({ id: 'job-new', type: 'probe', status: 'pending' })
  expect(api.asked[0]).toMatchObject({
    path: '/jobs',
    body: { type: 'probe', payload: { key: 'a' }, delaySeconds: 900, lane: 'bulk', group: 'g', tenant: 't' },
  })
  expect(api.asked[0]?.headers.get('idempotency-key')).toBe('an-id')
})

test('enqueue reads the payload from stdin, and passes the key of the caller on', async () => {
  const api = fakeApi()
  await outbox('enqueue probe - --idempotency-key mine', { api, stdin: '{"key": "b"}\n' })
  expect(api.asked[0]?.body).toEqual({ type: 'probe', payload: { key: 'b' } })
  expect(api.asked[0]?.headers.get('idempotency-key')).toBe('mine')
})

test('a list is narrowed by what the options say, with times relative to now', async () => {
  const api = fakeApi()
  await outbox('jobs ls --status dead --type send-receipt --since 2h --until 2026-11-30 --limit 5 --cursor c', { api })
  expect(api.asked[0]?.query).toEqual({
    status: 'dead',
    type: 'send-receipt',
    since: '2026-11-30T01:00:00.000Z',
    until: '2026-11-30T00:00:00.000Z',
    limit: '5',
    cursor: 'c',
  })
})

test('an id may hold anything', async () => {
  const api = fakeApi()
  await outbox(['jobs', 'cancel', 'a/b#c?d%'], { api })
  expect(api.asked[0]?.path).toBe('/jobs/a%2Fb%23c%3Fd%25/cancel')
})

test('a paused lane is told with who paused it and why', async () => {
  const api = fakeApi()
  api.lanes.set('bulk', 'paused')
  const { out } = await outbox('lanes ls', { api, tty: true, env: { NO_COLOR: '1' } })
  expect(out).toMatch(/^bulk +standard +paused +2026-11-30 02:00:00Z +circuit breaker$/m)
  expect(out).toContain('\n\nbulk: most failed.\n')
})

test('a busy API is asked again after the time it names', async () => {
  const api = fakeApi()
  let times = 0
  api.interfere(() => (++times < 3 ? { status: 503, headers: { 'retry-after': '2' }, body: {} } : undefined))
  expect((await outbox('stats', { api })).code).toBe(0)
  expect(times).toBe(3)
})

const context = (...pairs: string[]) => pairs.flatMap((pair) => ['-c', pair])

test('start and demo run in the foreground, and end as they end', async () => {
  const calls: unknown[] = []
  const script = async (name: string, env: object) => calls.push([name, env]) && 7
  const localStack = async (args: readonly string[]) => calls.push(args) && 7
  const ports = { localStack, builtConsole: async () => '/built' }
  expect((await outbox('start', { ports })).code).toBe(7)
  expect(
    (await outbox('start --app app -c stage=dev -c a=b --console /outbox/console --watch infra', { ports })).code,
  ).toBe(7)
  expect((await outbox('demo --url http://localhost:4000', { ports: { script } })).code).toBe(7)
  expect(calls).toEqual([
    ['-c', 'stage=local', '--serve', '/console=/built'],
    [
      '--app',
      'app',
      ...context('stage=local', 'stage=dev', 'a=b'),
      '--serve',
      '/outbox/console=/built',
      '--watch',
      'infra',
    ],
    ['demo', { API_URL: 'http://localhost:4000' }],
  ])
})

test('stats --watch goes on through a moment without an answer, and prints a line of JSON each time', async () => {
  const api = fakeApi()
  const stop = new AbortController()
  let naps = 0
  api.interfere(() => (naps === 1 ? { status: 500, body: {} } : undefined))
  const sleep = async () => void (++naps === 3 && stop.abort())
  const { code, out, err } = await outbox('stats --watch', { api, ports: { sleep, signal: stop.signal } })
  expect(code).toBe(0)
  const seen = out.trim().split('\n')
  expect(seen).toHaveLength(2)
  for (const line of seen) expect(JSON.parse(line)).toHaveProperty('lanes')
  expect(err).toMatch(/^outbox: GET \/stats on .* failed with 500\..*\n$/)
})

describe('jobs wait', () => {
  const detail = {
    ...{ id: 'job-1', type: 'send-receipt', status: 'pending', lane: 'default', attempts: 1, maxAttempts: 5 },
    ...{ createdAt: '2026-11-30T00:59:00.000Z', payload: {} },
  }
  const succeeded = { ...detail, status: 'succeeded', result: { rows: 3 } }
  const running = {
    ...detail,
    status: 'running',
    progress: { percent: 40, message: 'half of it', at: detail.createdAt },
  }
  const apiWith = (...answers: object[]) => {
    const asked: string[] = []
    const handle = async (request: Request) => {
      asked.push(new URL(request.url).search)
      return Response.json(answers.length > 1 ? answers.shift() : answers[0])
    }
    return { asked, api: { ...fakeApi(), handle } }
  }

  test('ends with the job, and shows its result', async () => {
    const { asked, api } = apiWith(running, running, succeeded)
    const { code, out } = await outbox('jobs wait job-1', { api, tty: true, env: { NO_COLOR: '1' } })
    expect(code).toBe(0)
    expect(asked).toEqual(['?wait=20', '?wait=20', '?wait=20'])
    expect(out).toMatch(/status +succeeded/)
    expect(out).toMatch(/result +\{\n +"rows": 3/)
  })

  test('gives up when its time is over, and shows how far the job is', async () => {
    const { asked, api } = apiWith(running)
    const { code, out } = await outbox('jobs wait job-1 --timeout 3s', { api, tty: true, env: { NO_COLOR: '1' } })
    expect(code).toBe(1)
    expect(asked).toEqual(['?wait=3', '?wait=2', '?wait=1', '?wait=0'])
    expect(out).toMatch(/progress +40 %, half of it/)
    expect(out).toContain('It has not ended after 3s. Wait on: outbox jobs wait job-1')
  })

  test.each(['dead', 'cancelled'])('fails for a job that is %s', async (status) => {
    const { code } = await outbox('jobs wait job-1', { api: apiWith({ ...detail, status }).api })
    expect(code).toBe(1)
  })
})

test.each([
  [{ jobs: [] }, 'jobs ls', 'No job is there.'],
  [{ jobs: [] }, 'jobs ls --status running', 'No job is running.'],
  [{ jobs: [] }, 'jobs ls --status dead --lane bulk', 'No job is dead that matches.'],
  [
    { jobs: [], next: 'c' },
    'jobs ls --status dead',
    'No job of this part of the list matches.\n\nThere are more: add --cursor c',
  ],
  [
    { jobs: [], statuses: ['retrying', 'dead'] },
    'jobs ls',
    'No job is retrying or dead.\n\nOnly retrying and dead jobs are listed: this stage has no index of all jobs (jobIndex). Scheduled ones: --status scheduled',
  ],
])('a list of jobs without any, %j, says so', async (answer, line, words) => {
  const api = fakeApi()
  api.interfere(() => ({ status: 200, body: answer }))
  expect((await outbox(`${line} --output table`, { api })).out).toContain(words)
})

test('a list is narrowed by lane and the beginning of an id', async () => {
  const api = fakeApi()
  await outbox('jobs ls --status running --lane bulk --id 0198', { api })
  expect(api.asked[0]?.query).toEqual({ status: 'running', lane: 'bulk', id: '0198', limit: '50' })
})

test.each([
  [{ waitingFor: 'schedule', waitingOn: { until: '2026-12-01T00:00:00.000Z' } }, 'schedule'],
  [{ waitingFor: 'group', waitingOn: { job: 'order-7~1' } }, 'group: job order-7~1 comes first'],
  [
    { waitingFor: 'paused-lane', waitingOn: { lane: 'bulk', pausedBy: 'ann', pausedAt: '2026-11-30T02:00:00.000Z' } },
    'paused-lane: bulk, paused by ann at 2026-11-30 02:00:00Z',
  ],
  [
    { waitingFor: 'rate-limit', waitingOn: { limit: { type: 'a', limit: 14, perSeconds: 1, key: 'k' } } },
    'rate-limit: 14 in 1 s for k',
  ],
  [{ waitingFor: 'rate-limit' }, 'rate-limit'],
])('jobs get says what a job waits for: %j', async (wait, words) => {
  const api = fakeApi()
  const job = { type: 'a', status: 'pending', lane: 'bulk', attempts: 0, maxAttempts: 5, payload: {} }
  api.interfere(() => ({ status: 200, body: { ...job, id: 'job-1', createdAt: '2026-11-30T00:00:00.000Z', ...wait } }))
  expect((await outbox('jobs get job-1 --output table', { api })).out).toMatch(
    new RegExp(`^waitingFor +${words}$`, 'm'),
  )
})

describe('jobs replay with another payload', () => {
  const sent = { path: '/jobs/job-1/replay', body: { payload: { key: 'b' } } }

  test.each([
    ['of the command line', ['--payload', '{"key":"b"}'], {}],
    ['of stdin', ['--payload', '-'], { stdin: '{"key":"b"}' }],
    ['of the editor', ['--edit'], { ports: { edit: async () => '{"key": "b"}' } }],
  ])('sends that %s, under a key of its own', async (_, options, setting) => {
    const api = fakeApi()
    const { code, out } = await outbox(['jobs', 'replay', 'job-1', ...options], { api, tty: true, ...setting })
    expect([code, out]).toEqual([0, expect.stringContaining('with the new payload. Job job-1 is cancelled.')])
    expect(api.asked.at(-1)).toMatchObject(sent)
    expect(api.asked.at(-1)?.headers.get('idempotency-key')).toBe('an-id')
  })

  test('shows the payload of before in the editor, and sends nothing if it stays', async () => {
    const api = fakeApi()
    const seen: string[] = []
    const edit = async (text: string) => {
      seen.push(text)
      return text
    }
    const { code, err } = await outbox('jobs replay job-1 --edit', { api, ports: { edit } })
    expect(JSON.parse(seen[0] ?? '')).toEqual({ orderId: 'o-1', email: '[redacted]' })
    expect([code, err]).toEqual([1, expect.stringContaining('was not changed, so nothing was sent')])
    expect(api.acts()).toEqual([])
  })

  test.each([
    [['--payload', '{"key"'], 'The payload is not JSON'],
    [['--payload', '{}', '--edit'], 'Give --payload or --edit, not both'],
  ])('%j is wrong usage', async (options, words) => {
    const api = fakeApi()
    const { code, err } = await outbox(['jobs', 'replay', 'job-1', ...options], { api })
    expect([code, err, api.acts()]).toEqual([2, expect.stringContaining(words), []])
  })

  test('only shows the request with --dry-run', async () => {
    const api = fakeApi()
    const { out } = await outbox(['jobs', 'replay', 'job-1', '--payload', '{"key":"b"}', '--dry-run'], { api })
    expect(JSON.parse(out).request).toMatchObject({ method: 'POST', body: sent.body })
    expect(api.acts()).toEqual([])
  })
})
