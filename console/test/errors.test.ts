import { describe, expect, test } from 'vitest'
import { awsFailure } from '../api-client/aws-failure.ts'
import type { Failure } from '../api-client/failure.ts'
import { type Answered, fakeApi, problem } from './support/fake-api.ts'
import { outbox } from './support/fake-ports.ts'

const fetchFailed = (code: string) =>
  Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) })

describe('wrong usage', () => {
  test.each([
    ['', /Usage: outbox/],
    ['jbos ls', /unknown command 'jbos'.*jobs/],
    ['jobs get', /missing required argument 'id'/],
    ['jobs ls --stauts dead', /unknown option '--stauts'.*--status/],
    ['jobs ls --status gone', /'gone' is invalid/],
    ['jobs ls --since yesterday', /--since yesterday is not a valid time\. Write it like 2h/],
    ['enqueue probe {key', /payload is not JSON.*single quotes/],
    ['enqueue probe --delay soon', /--delay soon is not a valid time span/],
    ['stats --url ftp://x', /ftp:\/\/x is not a valid URL/],
    ['stats --url http://x --stage prod', /Give one of --url, --stack and --stage/],
    ['console --port http', /--port http is not a valid port/],
    ['completion fish', /'fish' is invalid/],
  ])('outbox %s', async (line, says) => {
    const api = fakeApi()
    const { code, out, err } = await outbox(line, { api })
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(says)
    if (line) expect(err.trim().split('\n')).toHaveLength(1)
    expect(api.asked).toEqual([])
  })
})

describe('what the API refuses is told in one line, with what to do next', () => {
  const answers: readonly (readonly [line: string, answer: Answered | undefined, code: number, says: RegExp])[] = [
    ['jobs get unknown', undefined, 1, /There is no job "unknown"\. `outbox jobs ls`/],
    ['jobs cancel ran', undefined, 1, /is succeeded: .*`outbox jobs get ran` shows it/],
    ['lanes pause fast', undefined, 1, /There is no lane "fast"\. `outbox lanes ls`/],
    [
      'enqueue probe',
      problem(422, 'The body does not fit: see errors.', [{ path: 'payload.key', message: 'is required' }]),
      1,
      /The body does not fit: payload\.key: is required/,
    ],
    [
      'reconcile',
      { status: 403, body: { message: 'Forbidden' } },
      4,
      /POST \/reconcile .* was refused \(Forbidden\)\. .*--stage/,
    ],
    [
      'reconcile --stage prod',
      { status: 403, body: { message: 'Forbidden' } },
      4,
      /may not act on this stack: have its operator policy/,
    ],
    [
      'stats --stage prod',
      { status: 403, body: { Message: 'no' } },
      4,
      /may not look at this stack: have its viewer policy/,
    ],
    [
      'stats --stage prod',
      { status: 403, body: { message: 'The security token included in the request is expired' } },
      4,
      /Renew your credentials/,
    ],
    [
      'stats --stage prod',
      { status: 403, body: { message: 'The security token included in the request is invalid.' } },
      4,
      /check --profile/,
    ],
    [
      'reconcile --stage prod',
      problem(403, 'POST /reconcile needs a token with the scope outbox/operate; this token does not have it.'),
      4,
      /^outbox: POST \/reconcile needs a token with the scope outbox\/operate; this token does not have it\.\n$/,
    ],
    ['stats', { status: 503, body: {} }, 1, /failed with 503\. Try again/],
    ['stats', { status: 404, body: { hello: 1 } }, 1, /answered 404, and not as this API would.*--url/],
    ['stats', { status: 200, body: { hello: 1 } }, 1, /answered something unexpected.*--url/],
    ['stats', { status: 301, headers: { location: 'https://elsewhere.example' } }, 1, /answered 301/],
  ]
  test.each(answers)('%s', async (line, answer, expected, says) => {
    const api = fakeApi()
    if (answer) api.interfere(() => answer)
    const { code, out, err } = await outbox(line, { api })
    expect(err).toMatch(says)
    expect(err).toMatch(/^outbox: .*\n$/)
    expect([code, out]).toEqual([expected, ''])
  })
})

test.each([
  ['reconcile', /OUTBOX_TOKEN does not open this: get one with the scope of the stage's operators/],
  ['stats', /OUTBOX_TOKEN does not open this: get one with the scope of the stage's viewers/],
])('%s with a token that the gateway refuses', async (line, says) => {
  const api = fakeApi()
  api.interfere(() => ({ status: 403, body: { message: 'Forbidden' } }))
  const { code, err } = await outbox(`${line} --url https://api.example.com`, { api, env: { OUTBOX_TOKEN: 't' } })
  expect(err).toMatch(says)
  expect(code).toBe(4)
})

test.each([
  [
    'ECONNREFUSED',
    /Cannot reach the API at http:\/\/localhost:3000: nothing listens there\. Start a stack with `outbox start`/,
  ],
  ['ENOTFOUND', /no host of that name/],
  ['ECONNRESET', /closed the connection/],
])('an API that cannot be reached: %s', async (code, says) => {
  const fetch = async () => {
    throw fetchFailed(code)
  }
  const ran = await outbox('stats', { ports: { fetch } })
  expect(ran.code).toBe(3)
  expect(ran.err).toMatch(says)
  expect(ran.err).toMatch(/^outbox: .*\n$/)
})

test.each([
  [
    'ValidationError',
    'Stack with id OutboxRelay-prod does not exist',
    3,
    /no stack OutboxRelay-prod in eu-west-1 .*--region/,
  ],
  [
    'ExpiredToken',
    'The security token included in the request is expired',
    4,
    /have expired.*aws sso login --profile ops/,
  ],
  ['CredentialsProviderError', 'Could not load credentials from any providers', 4, /no usable profile "ops"/],
  [
    'CredentialsProviderError',
    'Could not resolve credentials using profile: [ops] in configuration',
    4,
    /no usable profile "ops"/,
  ],
  ['TokenProviderError', 'The SSO session associated with this profile has expired', 4, /have expired/],
  [
    'AccessDenied',
    'User: x is not authorized to perform: cloudformation:DescribeStacks',
    4,
    /may not look it up: User: x.*viewer policy/,
  ],
  [
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
    4,
    /does not accept your credentials/,
  ],
  ['Error', 'Region is missing', 2, /--region, or set AWS_REGION/],
  ['Error', 'getaddrinfo ENOTFOUND cloudformation.eu-nowhere-1.amazonaws.com', 3, /Is there such a region/],
  ['Error', 'connect ECONNREFUSED 127.0.0.1:1', 3, /AWS_ENDPOINT_URL/],
  ['Odd', 'something else', 1, /Could not look it up: something else/],
])('AWS says %s: %s', (name, message, code, says) => {
  const asked = { name: 'OutboxRelay-prod', region: 'eu-west-1', profile: 'ops', doing: 'look it up' }
  const failure = awsFailure(Object.assign(new Error(message), { name }), asked) as Failure
  expect(failure.exit).toBe(code)
  expect(failure.message).toMatch(says)
})

test('text of a job cannot forge lines or colours of the terminal', async () => {
  const { out } = await outbox('jobs get job-1', { tty: true, env: { NO_COLOR: '1' } })
  expect(out).toContain('SES said \ufffd[31mno\ufffd[0m and hung up')
})

test('colours are for a terminal without NO_COLOR', async () => {
  expect((await outbox('stats', { tty: true })).out).toContain('\u001b[')
  expect((await outbox('stats', { tty: true, env: { NO_COLOR: '1' } })).out).not.toContain('\u001b[')
  expect((await outbox('stats --output table')).out).not.toContain('\u001b[')
})
