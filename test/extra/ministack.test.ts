/**
 * The stage `localstack` on an emulator by others, which needs no Docker: its own CloudFormation, REST API, DynamoDB, Streams,
 * event source mappings, SQS, SES, KMS, and the bundles as Node processes. Deployed and asked by the commands of docs/localstack.md.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { files } from './support/files.ts'
import { freePort } from './support/free-port.ts'
import { tool } from './support/tool.ts'

const { path, skipped } = tool('ministack', 'MINISTACK', 'pip install ministack')
const command = join(import.meta.dirname, '../../tools/deploy/localstack.ts')

describe.skipIf(!path)(`ministack${skipped}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-ministack-'))
  let server: ChildProcess
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    const port = await freePort()
    env = {
      ...process.env,
      // What runs this test runs the functions and the CDK too: on AWS they have Node 24.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      LOCALSTACK_URL: `http://localhost:${port}`,
      TMPDIR: directory,
      NO_COLOR: '1',
    }
    const settings = { GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', IOT_MTLS_ENABLED: '0' }
    server = spawn(path!, { stdio: 'ignore', env: { ...env, ...settings } })
    while (!(await fetch(`${env.LOCALSTACK_URL}/_ministack/health`).catch(() => undefined))) await sleep(100)
  }, 120_000)
  afterAll(() => {
    server?.kill()
    rmSync(directory, { recursive: true, force: true })
  })

  async function run(verb: 'deploy' | 'test'): Promise<{ code: number; output: string }> {
    const child = spawn(process.execPath, [command, verb, ...(verb === 'test' ? files : [])], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { code, output: `${out}\n${err}` }
  }

  test('takes the template from the CDK, and names what it lacks', async () => {
    const { code, output } = await run('deploy')
    expect(code, output).toBe(0)
    expect(output).toContain('orders@example.com is verified in SES')
    const left = [...output.matchAll(/^ {2}\S+ \((AWS::[\w:]+)\)$/gm)].map(([, type]) => type)
    expect(new Set(left)).toEqual(
      new Set(['AWS::Logs::QueryDefinition', 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard']),
    )
  }, 240_000)

  test('passes the black-box suite as far as it asks the API alone', async () => {
    const { code, output } = await run('test')
    expect(code, output.slice(-8000)).toBe(0)
    expect(output).toMatch(files.length > 0 ? /Tests +[1-9]\d passed/ : /Tests +1\d\d passed/)
  }, 600_000)
})
