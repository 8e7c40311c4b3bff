/** How the black-box suite proves who it is to a deployed API, and what of it is left out there. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { badSignature } from '../../console/test/support/signature.ts'
import { identityFor } from '../e2e/support/identity.ts'
import { leftOut } from '../e2e/support/selection.ts'

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIASUITE')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})
afterEach(() => vi.unstubAllEnvs())

async function headersFor(apiUrl: string, env: NodeJS.ProcessEnv = {}) {
  const body = '{"type":"probe"}'
  const url = new URL(`${apiUrl}/jobs?limit=1`)
  const headers = { 'content-type': 'application/json' }
  const proof = await identityFor(apiUrl, env)?.({ method: 'POST', path: '/jobs?limit=1', headers, body }, url)
  return {
    proof,
    request: new Request(url, { method: 'POST', body, headers: { ...headers, ...proof, host: url.host } }),
  }
}
const secret = (id: string) => (id === 'AKIASUITE' ? 'secret' : undefined)

describe('a request of the suite', () => {
  test.each([
    ['an API of AWS', 'https://api1.execute-api.eu-west-1.amazonaws.com', {}, 'eu-west-1'],
    ['a REST API of AWS', 'https://api1.execute-api.eu-west-1.amazonaws.com/dev', {}, 'eu-west-1'],
    ['a domain of your own', 'https://api.example.com', { API_REGION: 'eu-north-1' }, 'eu-north-1'],
  ])('to %s is signed, with method, path, query and body', async (_, url, env, region) => {
    const { proof, request } = await headersFor(url, env)
    expect(proof?.authorization).toContain(`/${region}/execute-api/aws4_request`)
    expect(await badSignature(request, secret)).toBeUndefined()
  })

  test('carries a token where there is one', async () => {
    const { proof } = await headersFor('https://api1.execute-api.eu-west-1.amazonaws.com', { OUTBOX_TOKEN: 'abc' })
    expect(proof).toEqual({ authorization: 'Bearer abc' })
  })

  test('on this machine proves nothing, nor to a host that only looks like one of AWS', () => {
    expect(identityFor('http://localhost:3000', {})).toBeUndefined()
    expect(identityFor('https://execute-api.eu-west-1.amazonaws.com.example.org', {})).toBeUndefined()
  })
})

describe('left out', () => {
  test('is nothing of a stack of its own', () => expect(leftOut({})).toEqual({}))

  test('is, of a stack on this machine, what starts another', () => {
    const files = leftOut({ API_URL: 'http://localhost:3000' })
    expect(files).toHaveProperty(['test/e2e/kill.test.ts'])
    expect(files).not.toHaveProperty(['test/e2e/webhooks.test.ts'])
  })

  test('is, of a deployed one, also what it would have to call here; the rest is most of the suite', () => {
    const files = leftOut({ STACK: 'OutboxRelay-dev' })
    expect(files['test/e2e/webhooks.test.ts']).toContain('receives webhooks on this machine')
    expect(files).not.toHaveProperty(['test/e2e/orders.test.ts'])
  })
})
