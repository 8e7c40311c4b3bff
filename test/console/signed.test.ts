/** A deployed stack: found through CloudFormation, called with signed requests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin } from './support/bin.ts'
import { fakeApi } from './support/fake-api.ts'
import { cloudFormation } from './support/fake-cloudformation.ts'
import { serve } from './support/fake-server.ts'
import { badSignature } from './support/signature.ts'

const secrets: Readonly<Record<string, string>> = { AKIDOPERATOR: 'operator-secret', AKIDPROFILE: 'profile-secret' }
const api = fakeApi()
const complaints: string[] = []
const seen: Headers[] = []
const open: { close(): Promise<void> }[] = []
let env: Record<string, string>
let dir: string

beforeAll(async () => {
  const apiServer = await serve(async (request) => {
    seen.push(request.headers)
    const bad = await badSignature(request, (id) => secrets[id])
    if (bad) complaints.push(bad)
    return bad ? Response.json({ message: 'Forbidden' }, { status: 403 }) : api.handle(request)
  })
  const aws = await serve(
    cloudFormation({ 'OutboxRelay-prod': apiServer.url, mine: apiServer.url, old: 'expired', half: '' }),
  )
  open.push(apiServer, aws)
  dir = mkdtempSync(join(tmpdir(), 'outbox-cli-'))
  writeFileSync(
    join(dir, 'credentials'),
    '[ops]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = profile-secret\naws_session_token = a-token\n',
  )
  writeFileSync(join(dir, 'config'), '[profile ops]\nregion = eu-central-1\n')
  env = {
    AWS_ENDPOINT_URL_CLOUDFORMATION: aws.url,
    AWS_SHARED_CREDENTIALS_FILE: join(dir, 'credentials'),
    AWS_CONFIG_FILE: join(dir, 'config'),
  }
})
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await Promise.all(open.map((server) => server.close()))
})

const keys = { AWS_ACCESS_KEY_ID: 'AKIDOPERATOR', AWS_SECRET_ACCESS_KEY: 'operator-secret' }

test.each([
  [['stats', '--stage', 'prod']],
  [['stats', '--stack', 'mine']],
  [['jobs', 'get', 'a/b #c?d%é']],
  [['jobs', 'ls', '--type', 'a b*(c)~', '--since', '2h']],
  [['enqueue', 'probe', '{"key":"ü"}', '--idempotency-key', 'two  spaces']],
  [['jobs', 'cancel', 'group#1']],
])('the signature of %j is as the specification has it', async (args) => {
  const target = args.includes('--stage') || args.includes('--stack') ? [] : ['--stage', 'prod']
  const { code, err } = await bin([...args, ...target, '--region', 'eu-west-1'], { env: { ...env, ...keys } })
  expect(complaints.splice(0)).toEqual([])
  expect([code, err]).toEqual([0, ''])
})

test('a profile brings keys, token and region', async () => {
  const { code, err } = await bin(['stats', '--stage', 'prod', '--profile', 'ops'], { env })
  expect([code, err]).toEqual([0, ''])
  const headers = seen.at(-1)
  expect(headers?.get('authorization')).toMatch(/Credential=AKIDPROFILE\/\d+\/eu-central-1\/execute-api\//)
  expect(headers?.get('x-amz-security-token')).toBe('a-token')
})

test.each([
  ['no such stack', ['--stage', 'dev', '--region', 'eu-west-1'], keys, 3, /no stack OutboxRelay-dev in eu-west-1/],
  [
    'a stack without an API',
    ['--stack', 'half', '--region', 'eu-west-1'],
    keys,
    3,
    /half \(UPDATE_COMPLETE\) has no output ApiUrl/,
  ],
  [
    'expired credentials',
    ['--stack', 'old', '--region', 'eu-west-1'],
    keys,
    4,
    /credentials have expired.*aws sso login/,
  ],
  ['no credentials', ['--stage', 'prod', '--region', 'eu-west-1'], {}, 4, /No AWS credentials were found/],
  [
    'no such profile',
    ['--stage', 'prod', '--region', 'eu-west-1', '--profile', 'nobody'],
    {},
    4,
    /no usable profile "nobody"/,
  ],
  ['no region', ['--stage', 'prod'], keys, 2, /--region, or set AWS_REGION/],
  [
    'keys that the API does not know',
    ['--stage', 'prod', '--region', 'eu-west-1'],
    { ...keys, AWS_SECRET_ACCESS_KEY: 'wrong' },
    4,
    /GET \/stats on .* was refused \(Forbidden\)/,
  ],
])('%s: one line and its exit code', async (_, args, credentials, expected, says) => {
  const { code, out, err } = await bin(['stats', ...args], { env: { ...env, ...credentials } })
  expect(err).toMatch(says)
  expect(err).toMatch(/^outbox: .*\n$/)
  expect([code, out]).toEqual([expected, ''])
})

test('doctor goes on where AWS does not answer: each check says so', async () => {
  const args = ['doctor', '--stage', 'prod', '--region', 'eu-west-1']
  const { code, out, err } = await bin(args, { env: { ...env, ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } })
  expect([code, err]).toEqual([1, ''])
  const { findings } = JSON.parse(out) as { findings: { check: string; state: string; found: string }[] }
  const of = (check: string) => findings.find((finding) => finding.check === check)
  // The fake API's clock stands still.
  expect(of('API answers')).toMatchObject({ state: 'warn', found: expect.stringContaining('clock') })
  expect(of('Stack')).toMatchObject({ state: 'ok', found: expect.stringContaining('UPDATE_COMPLETE') })
  expect(of('Alarms OK')).toMatchObject({ state: 'fail', found: expect.stringContaining('Cannot reach AWS') })
})
