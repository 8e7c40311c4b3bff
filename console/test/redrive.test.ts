import { expect, test } from 'vitest'
import { fakeApi, problem } from './support/fake-api.ts'
import { outbox } from './support/fake-ports.ts'

function threeKinds() {
  const api = fakeApi()
  api.kill('send-receipt', 1_000, 'SES said no')
  api.kill('publish-event', 700, 'timeout')
  api.kill('publish-event', 300, 'no such host')
  return api
}

test('one kind of 2,000 dead jobs goes back, the others stay', async () => {
  const api = threeKinds()
  const { code, out } = await outbox('dlq redrive --type send-receipt --yes', { api })
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual({ matched: 1_000, moved: 1_000, complete: true })
  expect([...api.letters.values()].filter(({ type }) => type === 'send-receipt')).toEqual([])
  expect(api.letters.size).toBe(1_000)
})

test('one error of a type goes back, by filter', async () => {
  const api = threeKinds()
  const { out } = await outbox(['dlq', 'redrive', '--error', 'such host', '--yes'], { api })
  expect(JSON.parse(out)).toMatchObject({ matched: 300, moved: 300 })
  expect([...api.letters.values()].some(({ error }) => error === 'no such host')).toBe(false)
  expect(api.letters.size).toBe(1_700)
  expect(api.acts()[0]?.body).toEqual({
    type: 'publish-event',
    error: 'no such host',
    until: '2026-11-30T03:00:01.000Z',
  })
})

test('an empty error means those that left none, not all of them', async () => {
  const api = threeKinds()
  const line = ['dlq', 'redrive', '--error', '', '--yes']
  expect(JSON.parse((await outbox(line, { api })).out)).toEqual({ matched: 0, moved: 0, complete: true })
  expect(api.acts()).toEqual([])
  api.kill('sync-crm', 2, '')
  expect((await outbox('dlq ls', { api, tty: true })).out).toMatch(/2 +sync-crm +\(no error was written\)/)
  expect(JSON.parse((await outbox(line, { api })).out)).toEqual({ matched: 2, moved: 2, complete: true })
  expect(api.letters.size).toBe(2_000)
})

test('that not all were counted is said', async () => {
  const api = threeKinds()
  api.interfere(({ path }) =>
    path === '/dead-letters'
      ? {
          status: 200,
          body: { deadLetters: [], groups: [{ type: 'a', error: 'b', count: 9 }], groupsComplete: false },
        }
      : undefined,
  )
  expect((await outbox('dlq ls', { api, tty: true })).out).toContain('not all were counted')
  expect((await outbox('dlq redrive --all --dry-run', { api, tty: true })).out).toContain('not all were counted')
})

test('a job that dies again meanwhile is left for a person', async () => {
  const api = threeKinds()
  api.interfere(({ path, body }) => {
    const acts = path.endsWith('/redrive') && !(body as { dryRun?: boolean }).dryRun
    if (acts) api.kill('send-receipt', 1, 'SES said no', '2026-11-30T03:00:02.000Z')
    return undefined
  })
  const { out } = await outbox('dlq redrive --all --yes', { api })
  expect(JSON.parse(out)).toMatchObject({ matched: 2_000, moved: 2_000 })
  expect(api.acts()).toHaveLength(20)
  expect(api.acts()[0]?.body).toEqual({ until: '2026-11-30T03:00:01.000Z' })
})

test('a person sees the groups and the count, and is asked', async () => {
  const api = threeKinds()
  const { code, out, err } = await outbox('dlq redrive --type publish-event', {
    api,
    tty: true,
    says: 'y',
    env: { NO_COLOR: '1' },
  })
  expect(code).toBe(0)
  expect(err).toMatch(/700 +publish-event +timeout/)
  expect(err).toContain('Redrive 1,000 dead jobs on http://localhost:3000? [y/N]')
  expect(err).toMatch(/█+░+ 50 % {2}500 of 1,000/)
  expect(out).toBe('✓ 1,000 dead jobs of type publish-event went back to their lanes.\n')
})

test.each(['n', '', 'yellow'])('who answers "%s" has changed nothing', async (says) => {
  const api = threeKinds()
  const { code, err } = await outbox('dlq redrive --all', { api, tty: true, says })
  expect(code).toBe(1)
  expect(err).toContain('outbox: You said no: nothing was changed')
  expect(api.acts()).toEqual([])
})

test('where nobody can be asked, --yes is needed', async () => {
  const api = threeKinds()
  const { code, out, err } = await outbox('dlq redrive --all', { api })
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(/^outbox: Redrive 2,000 dead jobs .*--yes.*\n$/)
  expect(api.acts()).toEqual([])
})

test.each(['', '--all --type send-receipt', '--id a --type x', '--id a --all', '--error x --all'])(
  'an unclear choice is refused before anything is asked: %s',
  async (options) => {
    const api = threeKinds()
    const { code, err } = await outbox(`dlq redrive ${options} --yes`, { api })
    expect(code).toBe(2)
    expect(err).toMatch(/^outbox: .*--type.*--all.*\n$/)
    expect(api.asked).toEqual([])
  },
)

test('single ones by id; ids that are not dead jobs are named', async () => {
  const api = threeKinds()
  const { out } = await outbox('dlq redrive --id job-1 job-2 unknown --yes', { api })
  expect(JSON.parse(out)).toMatchObject({ matched: 2, moved: 2 })
  const { code, err } = await outbox('dlq redrive --id unknown --yes', { api })
  expect(code).toBe(1)
  expect(err).toMatch(/^outbox: "unknown" is not a dead job: .*`outbox dlq ls`.*\n$/)
})

test('Ctrl-C tells how far it came, and the command that goes on does the rest and no more', async () => {
  const api = threeKinds()
  const stop = new AbortController()
  api.interfere(() => {
    if (api.acts().length === 3) stop.abort()
    return undefined
  })
  const fetch: typeof globalThis.fetch = (input, init) => api.handle(new Request(input, init))
  const { code, out, err } = await outbox('dlq redrive --type publish-event --yes', {
    api,
    ports: {
      signal: stop.signal,
      fetch: async (input, init) => {
        const answer = await fetch(input, { ...init, signal: null })
        stop.signal.throwIfAborted()
        return answer
      },
    },
  })
  expect([code, out]).toEqual([130, ''])
  expect(err).toMatch(/^outbox: Interrupted: at least 200 of 1,000 dead jobs went back/)
  const goOn = /Go on with: outbox (.*)\n$/.exec(err)?.[1] ?? ''
  expect(goOn).toBe('dlq redrive --type publish-event --until 2026-11-30T03:00:01.000Z --yes')
  api.interfere(() => undefined)
  api.kill('publish-event', 5, 'later', '2026-11-30T03:00:09.000Z')
  expect(JSON.parse((await outbox(goOn, { api })).out)).toMatchObject({ matched: 700, moved: 700 })
  expect(api.letters.size).toBe(1_005)
})

test('an API that fails midway: how far it came, and how to go on', async () => {
  const api = threeKinds()
  api.interfere(() => (api.acts().length > 2 ? problem(500, 'Something failed here.') : undefined))
  const { code, err } = await outbox(['dlq', 'redrive', '--error', "it's", '--all'], { api })
  expect(code).toBe(2)
  expect(err).toContain('contradict')
  const failed = await outbox('dlq redrive --type send-receipt --yes --url http://localhost:3000', { api })
  expect(failed.code).toBe(1)
  expect(failed.err).toMatch(
    /^outbox: Something failed here\. .*at least 200 of 1,000.*Go on with: outbox dlq redrive .*--yes --url http:\/\/localhost:3000\n$/,
  )
})

test('a redrive during a redrive: what another person took is told of', async () => {
  const api = threeKinds()
  api.interfere(({ body }) => {
    if (body !== undefined && !(body as { dryRun?: boolean }).dryRun)
      for (let i = 0; i < 50; i++) api.letters.delete([...api.letters.keys()][0] ?? '')
    return undefined
  })
  const { code, out } = await outbox('dlq redrive --type send-receipt --yes --output table', { api })
  expect(code).toBe(0)
  expect(out).toMatch(
    /6\d\d dead jobs of type send-receipt went back to their lanes\. The other 3\d\d were no longer dead/,
  )
})

test('an API that moves nothing and never ends is not asked for ever', async () => {
  const api = threeKinds()
  api.interfere(({ body }) => {
    const { dryRun } = (body ?? { dryRun: true }) as { dryRun?: boolean }
    return dryRun ? undefined : { status: 202, body: { matched: 9, moved: 0, complete: false } }
  })
  const { code, err } = await outbox('dlq redrive --all --yes', { api })
  expect(code).toBe(1)
  expect(err).toContain('moved nothing')
})

test('--all without a dead job calls the API once, which removes left dead letters', async () => {
  const api = fakeApi()
  const { code, out } = await outbox('dlq redrive --all', { api, tty: true })
  expect(code).toBe(0)
  expect(out).toContain('No job is dead.')
  expect(api.acts().map(({ body }) => body)).toEqual([{ until: '2026-11-30T03:00:01.000Z' }])
  const counted = await outbox('dlq redrive --all --dry-run', { api })
  expect(JSON.parse(counted.out)).toEqual({ matched: 0, moved: 0, complete: true })
  expect(api.acts()).toHaveLength(1)
})
