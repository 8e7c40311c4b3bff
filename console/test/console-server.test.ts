import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiPorts } from '../api-client/client.ts'
import type { ApiEndpoint } from '../api-client/endpoint.ts'
import { serveConsole } from '../cli/serve/console-server.ts'
import { fakeApi } from './support/fake-api.ts'
import { outbox } from './support/fake-ports.ts'
import { serve } from './support/fake-server.ts'

const api = fakeApi()
const ports: ApiPorts = {
  fetch,
  now: () => new Date(),
  sleep: async () => {},
  signal: new AbortController().signal,
}
let files: string
let upstream: Awaited<ReturnType<typeof serve>>
let plain: Awaited<ReturnType<typeof serveConsole>>
let signed: Awaited<ReturnType<typeof serveConsole>>

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'outbox-console-'))
  mkdirSync(join(files, 'assets'))
  writeFileSync(join(files, 'index.html'), '<title>Console</title>')
  writeFileSync(join(files, 'assets', 'app-1.js'), 'go()')
  upstream = await serve(api.handle)
  const endpoint: ApiEndpoint = { url: upstream.url, flags: '' }
  plain = await serveConsole({ endpoint, files, port: 0 }, ports)
  const sign = async () => ({ authorization: 'the-operator' })
  signed = await serveConsole({ endpoint: { ...endpoint, sign }, files, port: 0, key: 'sesame' }, ports)
})
afterAll(async () => {
  await Promise.all([plain.close(), signed.close(), upstream.close()])
  rmSync(files, { recursive: true, force: true })
})

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** Not `fetch`: that lets nobody choose the Host, nor the path as it goes over the wire. */
function ask(base: string, path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Got> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    asked.once('error', reject)
    asked.end(body)
  })
}

const origin = (base: string) => new URL(base).origin

describe('the page', () => {
  test('lies at /console/, and every way there leads to it', async () => {
    expect(await ask(plain.url, '/console/')).toMatchObject({ status: 200, text: '<title>Console</title>' })
    expect((await ask(plain.url, '/')).headers.location).toBe('/console/')
    expect((await ask(plain.url, '/console')).headers.location).toBe('/console/')
  })

  test('has its assets, to be kept; the page itself is asked for anew', async () => {
    const asset = await ask(plain.url, '/console/assets/app-1.js')
    expect(asset.headers).toMatchObject({
      'content-type': expect.stringContaining('javascript'),
      'cache-control': expect.stringContaining('immutable'),
    })
    expect((await ask(plain.url, '/console/')).headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-frame-options': 'DENY',
    })
  })

  test.each([
    '/console/../package.json',
    '/console/%2e%2e/%2e%2e/etc/passwd',
    '/console/..%2f..%2fetc/hosts.html',
    '/console/%zz',
    '/console/assets',
    '/console/no.js',
  ])('nothing else of the disk: %s', async (path) => {
    expect((await ask(plain.url, path)).status).toBe(404)
  })
})

describe('the API behind it', () => {
  test('whatever is not the page is passed on, with its query and body', async () => {
    const got = await ask(plain.url, '/dead-letters/redrive?x=1', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: origin(plain.url),
        'idempotency-key': 'k',
        'x-other': 'o',
      },
      body: '{"type":"a","dryRun":true}',
    })
    expect(got).toMatchObject({ status: 202, text: '{"matched":0,"moved":0,"complete":true}' })
    const seen = api.asked.at(-1)
    expect(seen).toMatchObject({ path: '/dead-letters/redrive', query: { x: '1' }, body: { type: 'a', dryRun: true } })
    expect(seen?.headers.get('idempotency-key')).toBe('k')
    expect([seen?.headers.get('x-other'), seen?.headers.get('origin'), seen?.headers.get('authorization')]).toEqual([
      null,
      null,
      null,
    ])
  })

  test('what it refuses arrives as it is', async () => {
    expect(await ask(plain.url, '/jobs/unknown')).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
    })
  })

  test('an API that is down is a problem with one line', async () => {
    const down = await serveConsole({ endpoint: { url: 'http://127.0.0.1:9', flags: '' }, files, port: 0 }, ports)
    const got = await ask(down.url, '/stats')
    await down.close()
    expect(got.status).toBe(502)
    expect(JSON.parse(got.text).detail).toMatch(/^Cannot reach the API/)
  })

  test('a body that is too large is not passed on', async () => {
    const before = api.asked.length
    expect((await ask(plain.url, '/jobs', { method: 'POST', body: 'x'.repeat(300_000) })).status).toBe(413)
    expect(api.asked.length).toBe(before)
  })
})

describe('another page or person', () => {
  test('a name that was bent to this machine is not answered', async () => {
    const { port } = new URL(plain.url)
    expect((await ask(plain.url, '/stats', { headers: { host: `evil.example:${port}` } })).status).toBe(403)
    expect((await ask(plain.url, '/stats', { headers: { host: '127.0.0.1' } })).status).toBe(403)
    expect((await ask(plain.url, '/stats', { headers: { host: `localhost:${port}` } })).status).toBe(200)
  })

  test.each(['https://evil.example', 'null', 'http://localhost:1'])('the origin %s may not act', async (from) => {
    const before = api.asked.length
    expect((await ask(plain.url, '/reconcile', { method: 'POST', headers: { origin: from } })).status).toBe(403)
    expect(api.asked.length).toBe(before)
  })

  test('who has not the key gets nothing from a server that signs', async () => {
    for (const path of ['/stats', '/console/', '/console/?key=wrong!', '/stats?key=sesame'])
      expect((await ask(signed.url, path)).status).toBe(403)
    expect((await ask(signed.url, '/stats', { headers: { cookie: 'outbox-console-1=sesame' } })).status).toBe(403)
  })

  test('the address with the key gives a cookie, and with that the API is called as the operator', async () => {
    expect(signed.url).toMatch(/\/console\/\?key=sesame$/)
    const entered = await ask(signed.url, '/console/?key=sesame')
    expect(entered).toMatchObject({ status: 302, headers: { location: '/console/' } })
    const [cookie = ''] = entered.headers['set-cookie'] as string[]
    expect(cookie).toContain('HttpOnly; SameSite=Strict')
    const headers = { cookie: `a=b; ${cookie.split(';')[0]}` }
    expect((await ask(signed.url, '/console/', { headers })).status).toBe(200)
    expect((await ask(signed.url, '/stats', { headers })).status).toBe(200)
    expect(api.asked.at(-1)?.headers.get('authorization')).toBe('the-operator')
    expect(api.asked.at(-1)?.headers.get('cookie')).toBe(null)
  })
})

describe('outbox console', () => {
  /** Runs it until it has said where the console is. */
  async function started(line: string) {
    const stop = new AbortController()
    let printed = ''
    const write = (text: string) => {
      printed += text
      stop.abort()
    }
    const stdout = { isTTY: false, columns: 80, write }
    const ran = await outbox(line, { ports: { stdout, signal: stop.signal, builtConsole: async () => files } })
    return { ...ran, printed: JSON.parse(printed || '{}') }
  }

  test('says where it is, and ends with Ctrl-C', async () => {
    const { code, printed } = await started('console')
    expect(code).toBe(0)
    expect(printed).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/console\/$/),
      api: 'http://localhost:3000',
    })
  })

  test('has a key where it signs', async () => {
    const { printed } = await started('console --stage prod')
    expect(printed.url).toMatch(/\?key=an-id$/)
  })

  test('a port in use, a console that cannot be built: one line', async () => {
    const inUse = await outbox(`console --port ${new URL(plain.url).port}`, {
      ports: { builtConsole: async () => files },
    })
    expect(inUse).toMatchObject({ code: 1, err: expect.stringMatching(/^outbox: Port \d+ is in use\. .*--port.*\n$/) })
    const builtConsole = async () => {
      throw new Error('no vite\n  at line 1')
    }
    const unbuilt = await outbox('console', { ports: { builtConsole } })
    expect(unbuilt).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^outbox: The web console cannot be built: no vite\. .*npm ci.*\n$/),
    })
  })
})
