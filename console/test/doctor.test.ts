import { expect, test } from 'vitest'
import { fakeApi } from './support/fake-api.ts'
import { outbox } from './support/fake-ports.ts'

const local = (paths: Readonly<Record<string, unknown>>, api = fakeApi()) => ({
  api,
  ports: {
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      const url = new URL(input instanceof Request ? input.url : input)
      if (url.port !== '4566') return api.handle(new Request(url, init))
      if (!(url.pathname in paths)) throw new TypeError('fetch failed')
      return Response.json(paths[url.pathname])
    },
  },
})

const quiet = { '/_local/health': {}, '/_local/alarms': { alarms: [{ name: 'a', state: 'OK', reason: '' }] } }
const states = (out: string) => JSON.parse(out).findings.map(({ state }: { state: string }) => state)

test('a healthy local stack', async () => {
  const { code, out } = await outbox('doctor', local(quiet))
  expect(code).toBe(0)
  expect(JSON.parse(out).ok).toBe(true)
  expect(new Set(states(out))).toEqual(new Set(['ok']))
})

test('dead jobs, a paused lane and an alarm: each with what to do', async () => {
  const api = fakeApi()
  api.kill('probe', 4)
  api.lanes.set('bulk', 'paused')
  const alarms = { alarms: [{ name: 'OutboxRelay-local-default-dead-letters', state: 'ALARM', reason: '' }] }
  const setting = local({ ...quiet, '/_local/alarms': alarms }, api)
  const { code, out } = await outbox('doctor', { ...setting, tty: true, env: { NO_COLOR: '1' } })
  expect(code).toBe(1)
  expect(out).toMatch(/^fail +No dead jobs +4 dead, 2 retrying$/m)
  expect(out).toMatch(/^warn +Lanes run +bulk is paused by circuit breaker since 2026-11-30 02:00:00Z$/m)
  expect(out).toMatch(/^fail +Alarms +in ALARM: OutboxRelay-local-default-dead-letters$/m)
  expect(out).toContain('  No dead jobs: outbox dlq ls')
  expect(out).toContain('  Lanes run: Once the reason is gone: outbox lanes resume bulk')
})

test('an API that is down is one failed check; the others are skipped', async () => {
  const fetch = async () => {
    throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
  }
  const { code, out } = await outbox('doctor', { ports: { fetch } })
  expect(code).toBe(1)
  expect(states(out)).toEqual(['fail', 'skip', 'skip', 'skip', 'skip', 'skip'])
  expect(JSON.parse(out).findings[0]).toMatchObject({
    found: expect.stringContaining('nothing listens there'),
    next: expect.stringContaining('outbox start'),
  })
})

test('what an older API does not have fails that check alone', async () => {
  const api = fakeApi()
  api.interfere(({ path }) =>
    path === '/lanes'
      ? { status: 404, body: { type: 'about:blank', status: 404, detail: 'There is no such path.' } }
      : undefined,
  )
  const { out } = await outbox('doctor', local(quiet, api))
  expect(states(out)).toEqual(['ok', 'ok', 'ok', 'fail', 'ok', 'ok'])
})

test('a deployed stack is asked through AWS', async () => {
  const asked: unknown[] = []
  const inspectStack = async (...args: unknown[]) => {
    asked.push(args)
    return [{ check: 'Drift', state: 'skip' as const, found: 'never compared' }]
  }
  const { code, out } = await outbox('doctor --stage prod --region eu-west-1 --drift', { ports: { inspectStack } })
  expect(code).toBe(0)
  expect(asked).toEqual([[{ name: 'OutboxRelay-prod', region: 'eu-west-1', profile: undefined }, { drift: true }]])
  expect(JSON.parse(out).findings.at(-1)).toMatchObject({ check: 'Drift', state: 'skip' })
})
