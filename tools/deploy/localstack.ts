/**
 * `npx node tools/deploy/localstack.ts deploy` and `npx node tools/deploy/localstack.ts test`: the stage `localstack` in a LocalStack that runs, and the
 * black-box suite against it. Where none runs, one line says so, and the test is skipped.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { clientSettings } from '../../console/api-client/stack.ts'
import { cdk } from './cdk.ts'

const endpoint = process.env.LOCALSTACK_URL ?? 'http://localhost:4566'
const stack = 'OutboxRelay-localstack'

/** What points every AWS SDK, also the CDK's, to LocalStack. Its S3 takes the bucket in the path only at an IP address. */
const env = {
  ...process.env,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint.replace('localhost', '127.0.0.1'),
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
}

async function deploy(): Promise<number> {
  const bootstrapped = await cdk(['bootstrap', '-c', 'stage=localstack'], env)
  if (bootstrapped !== 0) return bootstrapped
  const deployed = await cdk(['deploy', '-c', 'stage=localstack', '--require-approval', 'never'], env)
  if (deployed === 0) console.log(`\n  API   ${await apiUrl()}\n\nNext: npx node tools/deploy/localstack.ts test\n`)
  return deployed
}

async function test(): Promise<number> {
  const API_URL = await apiUrl()
  if (!API_URL)
    return complain(
      `There is no ${stack} in the LocalStack at ${endpoint}. Deploy it: npx node tools/deploy/localstack.ts deploy`,
    )
  const vitest = join(import.meta.dirname, '../../console', '..', 'node_modules', 'vitest', 'vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'e2e'], {
    stdio: 'inherit',
    // Without an endpoint: the suite then asks the API alone, which is the same everywhere.
    env: { ...process.env, API_URL, AWS_ENDPOINT_URL: '', STACK: '' },
  })
  const [code] = await once(child, 'exit')
  return code ?? 1
}

/** The deployed API where LocalStack answers for it: its id and stage are in the URL that AWS would have given it. */
async function apiUrl(): Promise<string | undefined> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY }
  const client = new CloudFormationClient({ ...clientSettings({ region: env.AWS_REGION }), endpoint, credentials })
  const found = await client.send(new DescribeStacksCommand({ StackName: stack })).catch(() => undefined)
  const url = found?.Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'ApiUrl')?.OutputValue
  const [, id, stage] = /^https?:\/\/([a-z0-9]+)\.execute-api\.[^/]+\/(\w+)/.exec(url ?? '') ?? []
  return id && `${endpoint}/_aws/execute-api/${id}/${stage}`
}

/** What answers at the endpoint: LocalStack, something else (`npm start` takes the same port), or nothing. */
async function whatRuns(): Promise<'localstack' | 'other' | 'nothing'> {
  try {
    const response = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(3_000) })
    return response.ok && 'services' in ((await response.json()) as object) ? 'localstack' : 'other'
  } catch (error) {
    return error instanceof SyntaxError ? 'other' : 'nothing'
  }
}

function complain(line: string): number {
  process.stderr.write(`${line}\n`)
  return 1
}

async function main(verb: string | undefined): Promise<number> {
  const running = await whatRuns()
  if (running === 'localstack') return verb === 'test' ? test() : deploy()
  const what =
    running === 'other'
      ? `What answers at ${endpoint} is not a LocalStack (\`npm start\` takes the same port)`
      : `No LocalStack answers at ${endpoint}`
  const next = 'Start one: `docker compose up -d` (needs Docker and LOCALSTACK_AUTH_TOKEN, see docs/localstack.md)'
  if (verb !== 'test') return complain(`${what}. ${next}`)
  console.log(`SKIPPED: ${what}, so the black-box suite was not run against it. ${next}`)
  return 0
}

process.exitCode = await main(process.argv[2])
