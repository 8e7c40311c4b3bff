/**
 * `npx node tools/deploy/localstack.ts deploy` and `npx node tools/deploy/localstack.ts test [file …]`: the stage `localstack` in a LocalStack or MiniStack
 * that runs, and the black-box suite, or some files of it, against it. Where none runs, one line says so, and the test is skipped.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientSettings } from '../../console/api-client/stack.ts'
import { cdk } from './cdk.ts'
import { type Emulator, leaveOut, senderOf, whatRuns } from './emulator.ts'

const endpoint = process.env.LOCALSTACK_URL ?? 'http://localhost:4566'
const stack = 'OutboxRelay-localstack'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const region = 'us-east-1'
const settings = { ...clientSettings({ region }), endpoint, credentials }

/** What points every AWS SDK, also the CDK's, to LocalStack. Its S3 takes the bucket in the path only at an IP address. */
const env = {
  ...process.env,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint.replace('localhost', '127.0.0.1'),
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: region,
}

async function deploy(emulator: Emulator): Promise<number> {
  const assembly = mkdtempSync(join(tmpdir(), 'outbox-localstack-'))
  try {
    const synthesized = await cdk(['synth', '--quiet', '-c', 'stage=localstack', '--output', assembly], env)
    if (synthesized !== 0) return synthesized
    const gone = leaveOut(assembly, stack, emulator)
    console.log(`Left out, because ${emulator} does not create it:\n${gone.map((one) => `  ${one}\n`).join('')}`)
    const bootstrapped = await cdk(['bootstrap', '--app', assembly], env)
    if (bootstrapped !== 0) return bootstrapped
    const deployed = await cdk(['deploy', '--app', assembly, '--require-approval', 'never', stack], env)
    if (deployed !== 0) return deployed
    const sender = senderOf(assembly, stack)
    if (sender) await verify(sender)
  } finally {
    rmSync(assembly, { recursive: true, force: true })
  }
  console.log(`\n  API   ${await apiUrl()}\n\nNext: npx node tools/deploy/localstack.ts test\n`)
  return 0
}

/** As SES, the emulators refuse mails from an address that nobody has verified. They send no mail with a link: this call is enough. */
async function verify(sender: string): Promise<void> {
  const { SESClient, VerifyEmailIdentityCommand } = await import('@aws-sdk/client-ses')
  await new SESClient(settings).send(new VerifyEmailIdentityCommand({ EmailAddress: sender }))
  console.log(`\n${sender} is verified in SES.`)
}

/** @param files of the suite; all of it if there are none */
async function test(files: readonly string[]): Promise<number> {
  const API_URL = await apiUrl()
  if (!API_URL)
    return complain(`There is no ${stack} at ${endpoint}. Deploy it: npx node tools/deploy/localstack.ts deploy`)
  const vitest = join(import.meta.dirname, '../../console', '..', 'node_modules', 'vitest', 'vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'e2e', '--maxWorkers', '1', ...files], {
    stdio: 'inherit',
    // The emulators serve few requests at a time: one file after the other. Without an endpoint: the suite then asks the API alone, which is the same everywhere.
    env: { ...process.env, API_URL, AWS_ENDPOINT_URL: '', STACK: '' },
  })
  const [code] = await once(child, 'exit')
  return code ?? 1
}

/** The deployed API where LocalStack answers for it: its id and stage are in the URL that AWS would have given it. */
async function apiUrl(): Promise<string | undefined> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const cloudFormation = new CloudFormationClient(settings)
  const found = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack })).catch(() => undefined)
  const url = found?.Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'ApiUrl')?.OutputValue
  const [, id, stage] = /^https?:\/\/([a-z0-9]+)\.execute-api\.[^/]+\/(\w+)/.exec(url ?? '') ?? []
  return id && `${endpoint}/_aws/execute-api/${id}/${stage}`
}

function complain(line: string): number {
  process.stderr.write(`${line}\n`)
  return 1
}

async function main([verb, ...files]: readonly string[]): Promise<number> {
  const running = await whatRuns(endpoint)
  if (running === 'LocalStack' || running === 'MiniStack') return verb === 'test' ? test(files) : deploy(running)
  const what =
    running === 'other'
      ? `What answers at ${endpoint} is not a LocalStack (\`npm start\` takes the same port)`
      : `No LocalStack or MiniStack answers at ${endpoint}`
  const next =
    'Start one: `docker compose up -d` (needs Docker and LOCALSTACK_AUTH_TOKEN), or `ministack` (needs Python); see docs/localstack.md'
  if (verb !== 'test') return complain(`${what}. ${next}`)
  console.log(`SKIPPED: ${what}, so the black-box suite was not run against it. ${next}`)
  return 0
}

process.exitCode = await main(process.argv.slice(2))
