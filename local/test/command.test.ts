import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { expectGone } from './support/processes.ts'
import { type TestTemplate, writeAssembly } from './support/template.ts'
import { temporaryDir } from './support/with-stack.ts'

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Resolves once the output contains the text; rejects when the command ends before. */
  says(text: string): Promise<string>
}

const MAIN = join(import.meta.dirname, '../main.ts')

/** Runs the command as `npm start` does, in a directory of its own. Killed after the test if it is still there. */
function run(args: readonly string[], env: Record<string, string> = {}, cwd = temporaryDir()): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, PORT: '0', AWS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk) => {
      output[stream] += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const says = (text: string) =>
    new Promise<string>((found, missing) => {
      const look = () => output.stdout.includes(text) && found(output.stdout)
      child.stdout.on('data', look)
      ended.then(() => missing(new Error(`it ended without "${text}": ${output.stdout}${output.stderr}`)))
      look()
    })
  return { child, ended, says }
}

/** An app command that "synthesizes" by copying a template made beforehand. It needs nothing on the PATH. */
function app(template: TestTemplate, metadata: object = {}): string {
  const { assemblyDir, stackName } = writeAssembly(template)
  const artifacts = { [stackName]: { type: 'aws:cloudformation:stack', metadata } }
  writeFileSync(join(assemblyDir, 'manifest.json'), JSON.stringify({ artifacts }))
  return nodeCommand(`fs.cpSync('${assemblyDir}', process.env.CDK_OUTDIR, { recursive: true })`)
}

const nodeCommand = (script: string) => `"${process.execPath}" -e "${script}"`

/** The processes that were started on a data directory, as their pid files tell. */
function pids(dataDir: string): number[] {
  const files = ['dynamodb/engine.pid', 'sqs/engine.pid'].map((file) => join(dataDir, file))
  return files.filter((file) => existsSync(file)).map((file) => Number(readFileSync(file, 'utf8')))
}

/** A proxy that nobody serves. */
const nobody = 'http://127.0.0.1:9'
const queue = { resources: { Jobs: { Type: 'AWS::SQS::Queue', Properties: {} } } }

test('it tells where everything is, answers there, and ends with 0 on Ctrl-C', async () => {
  const dataDir = join(temporaryDir(), 'new', 'directory')
  const { child, says, ended } = run(['--app', app(queue)], { DATA_DIR: dataDir })
  const output = await says('Ctrl-C stops it')
  const awsUrl = /Local AWS endpoint +(http:\S+)/.exec(output)?.[1]
  expect((await fetch(`${awsUrl}/_local/health`)).status).toBe(200)
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.'), stderr: '' })
  expect(pids(dataDir)).toHaveLength(2)
  await Promise.all(pids(dataDir).map(expectGone))
})

test.each([
  ['proxies', { HTTP_PROXY: nobody, https_proxy: nobody, ALL_PROXY: nobody, NODE_USE_ENV_PROXY: '1' }],
  [
    'proxies, by a flag, with exceptions',
    { http_proxy: nobody, no_proxy: 'a.example', NODE_OPTIONS: '--use-env-proxy' },
  ],
  [
    'settings of the AWS SDK',
    { AWS_PROFILE: 'none', AWS_ENDPOINT_URL: nobody, AWS_ENDPOINT_URL_SQS: nobody, AWS_CA_BUNDLE: '/none' },
  ],
  ['another place', { TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', NO_COLOR: '1' }],
])('it starts, answers and stops as always where the shell sets %s', async (_, env) => {
  const { TEST_DYNAMODB_URL: DYNAMODB_URL = '' } = process.env
  const { child, says, ended } = run(['--app', app(queue)], { DATA_DIR: temporaryDir(), DYNAMODB_URL, ...env })
  const awsUrl = /Local AWS endpoint +(http:\S+)/.exec(await says('Ctrl-C stops it'))?.[1] ?? ''
  const answer = await fetch(awsUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues' },
    body: '{}',
  })
  expect(await answer.json()).toMatchObject({ QueueUrls: [expect.stringContaining('Jobs')] })
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.'), stderr: '' })
})

test('it ends with 0 on SIGTERM while it is still synthesizing, and takes the app with it', async () => {
  const pidFile = join(temporaryDir(), 'pid')
  const synthesis = nodeCommand(`fs.writeFileSync('${pidFile}', String(process.pid)); setInterval(() => {}, 1e6)`)
  const { child, ended } = run(['--app', synthesis], { DATA_DIR: temporaryDir() })
  await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8'), { timeout: 20_000 }).toBeTruthy()
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
  await expectGone(Number(readFileSync(pidFile, 'utf8')))
})

test('after a kill -9 it starts again at once on the same directory', async () => {
  const DATA_DIR = temporaryDir()
  const command = ['--app', app(queue)]
  const first = run(command, { DATA_DIR })
  await first.says('Ctrl-C stops it')
  first.child.kill('SIGKILL')
  await first.ended
  const second = run(command, { DATA_DIR })
  await second.says('Ctrl-C stops it')
  second.child.kill('SIGTERM')
  expect(await second.ended).toMatchObject({ code: 0, stderr: '' })
})

test('the context of cdk.json and of -c goes to the app', async () => {
  const cwd = temporaryDir()
  const context = { stage: 'dev', size: 1 }
  writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ app: 'echo "$CDK_CONTEXT_JSON"; exit 1', context }))
  const { stderr } = await run(['-c', 'stage=local'], { DATA_DIR: temporaryDir() }, cwd).ended
  expect(stderr).toContain('{"stage":"local","size":1}')
})

const failures: [string, () => Promise<[string[], Record<string, string>]>, string][] = [
  [
    'a port in use',
    async () => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      onTestFinished(() => void taken.close())
      return [['--app', app(queue)], { PORT: String((taken.address() as { port: number }).port) }]
    },
    'is in use. Stop what listens there, or set PORT to another port',
  ],
  [
    'a directory that cannot be written',
    async () => [['--app', app(queue)], { DATA_DIR: join(MAIN, 'below-a-file') }],
    'cannot be written',
  ],
  ['a missing Java', async () => [['--app', app(queue)], { PATH: '/nonexistent' }], 'Java is missing'],
  [
    'a DynamoDB Local without an address',
    async () => [['--app', app(queue)], { DYNAMODB_URL: 'localhost' }],
    'DYNAMODB_URL=localhost is not the address of a DynamoDB Local',
  ],
  ['a failed synthesis', async () => [['--app', 'exit 3'], {}], 'Synthesis failed: `exit 3` ended with 3'],
  [
    'an error annotation',
    async () => [['--app', app(queue, { '/Test/Jobs': [{ type: 'aws:cdk:error', data: 'too small' }] })], {}],
    'Synthesis failed: /Test/Jobs: too small',
  ],
  [
    'a queue that does not run here and a function that uses it',
    async () => [
      [
        '--app',
        app({
          resources: { Jobs: { Type: 'AWS::SQS::Queue', Properties: { Unheard: 1 } } },
          functions: { Work: 'export const handler = async () => {}' },
          functionProperties: { Work: { Environment: { Variables: { JOBS: { Ref: 'Jobs' } } } } },
        }),
      ],
      {},
    ],
    'Jobs (AWS::SQS::Queue): top level: Unrecognized key: "Unheard", and the function Test-Work uses it',
  ],
  [
    'a disk that is full in the middle of the synthesis',
    async () => [
      [
        '--app',
        nodeCommand("console.error('Error: ENOSPC: no space left on device, write\\n  at fs'); process.exit(1)"),
      ],
      {},
    ],
    'takes no more (ENOSPC). Free space and start again',
  ],
  ['an unknown option', async () => [['--ap', 'x'], {}], "Unknown option '--ap'"],
]

test.each(failures)('%s is one clear line and exit code 1, with nothing left running', async (_, prepare, message) => {
  const [args, env] = await prepare()
  const { DATA_DIR, ...rest } = { DATA_DIR: temporaryDir(), ...env }
  const { code, stderr } = await run(args, { DATA_DIR, ...rest }).ended
  expect(code).toBe(1)
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(message)])
  await Promise.all(pids(DATA_DIR).map(expectGone))
})
