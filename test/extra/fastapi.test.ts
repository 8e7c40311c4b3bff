/** examples/fastapi: a service in Python writes into the outbox, and reads what became of its jobs. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Installed,
  installedInExample,
  outboxRunning,
  type Running,
  runInApp,
} from '../package/support/installed.ts'
import { freePort } from './support/free-port.ts'
import { python } from './support/python.ts'

const run = promisify(execFile)
const service = join(import.meta.dirname, '../../examples/fastapi/service')
const install = `pip install -r ${join(service, 'requirements.txt')}`
const { path, skipped } = python(['fastapi', 'boto3', 'uvicorn'], install)
const withoutCache = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }

describe.skipIf(!path)(`a FastAPI service${skipped}`, () => {
  let installed: Installed
  let stack: Running
  let server: ChildProcess
  let url: string
  let aws: string

  beforeAll(async () => {
    installed = await installedInExample('fastapi')
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const dataDir = join(installed.app, '.local')
    stack = outboxRunning(installed, ['start'], { PORT: '0', AWS_PORT: '0', DATA_DIR: dataDir, SERVICE_URL: url })
    const api = await stack.printed(/^ +API +(\S+)$/m)
    aws = await stack.printed(/Local AWS endpoint +(\S+)/)
    server = spawn(path!, ['-m', 'uvicorn', 'main:app', '--port', String(port)], {
      cwd: service,
      stdio: 'ignore',
      env: {
        ...withoutCache,
        OUTBOX_API: api,
        AWS_ENDPOINT_URL: aws,
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
    })
    while (!(await fetch(`${url}/openapi.json`).catch(() => undefined))) await sleep(100)
  }, 240_000)
  afterAll(async () => {
    server?.kill()
    await stack?.stop()
    await installed?.remove()
  })

  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape; a wrong path fails the test that takes it
  const json = async (response: Response) => (await response.json()) as Record<string, any>
  const post = (body: object, key?: string) =>
    fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body: JSON.stringify(body),
    })
  const mails = async (to: string) =>
    (await json(await fetch(`${aws}/_aws/ses`))).messages.filter(
      (mail: { Destination: { ToAddresses: string[] } }) => mail.Destination.ToAddresses[0] === to,
    )
  /** The order once its jobs have ended. */
  async function settled(id: string) {
    const order = async () => json(await fetch(`${url}/orders/${id}`))
    const statuses = async () => (await order()).jobs.map(({ status }: { status: string }) => status)
    await expect.poll(statuses, { timeout: 60_000 }).toEqual(['succeeded', 'succeeded'])
    return order()
  }

  test('has a helper that passes the vectors of the format', async () => {
    const { stderr } = await run(path!, ['-m', 'unittest'], { cwd: service, env: withoutCache })
    expect(stderr).toMatch(/Ran [1-9]\d* tests[\s\S]*OK/)
  })

  test('has an app that type-checks', async () => {
    expect(await runInApp(installed, 'tsc')).toBe('')
  })

  test('saves an order and its jobs; one runs in TypeScript, one in Python, and each once', async () => {
    const response = await post({ email: 'ann@example.com', total: 1999 })
    expect(response.status).toBe(201)
    const { id, jobs } = await json(response)
    const order = await settled(id)
    expect(order).toMatchObject({
      email: 'ann@example.com',
      total: 1999,
      receiptAt: expect.stringMatching(/^2/),
      indexedBy: expect.stringContaining(jobs[1]),
      jobs: [
        { id: jobs[0], type: 'send-receipt', attempts: 1 },
        { id: jobs[1], type: 'index-order', attempts: 1 },
      ],
    })
    expect(await mails('ann@example.com')).toMatchObject([{ Subject: `Your order ${id}` }])
  })

  test('answers a repeated request with the first order, and writes nothing', async () => {
    const order = { email: 'bob@example.com', total: 5 }
    const first = await json(await post(order, 'key-1'))
    const again = await post(order, 'key-1')
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await json(again)).toEqual(first)
    expect((await post({ ...order, total: 6 }, 'key-1')).status).toBe(422)
    await settled(first.id)
    expect(await mails('bob@example.com')).toHaveLength(1)
  })

  test('gets one order for many requests at once with one key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post({ email: 'eve@example.com', total: 7 }, 'key-2')),
    )
    const statuses = new Set(answers.map(({ status }) => status))
    expect([...statuses].every((status) => status === 201 || status === 503)).toBe(true)
    const { id } = await json(await post({ email: 'eve@example.com', total: 7 }, 'key-2'))
    await settled(id)
    expect(await mails('eve@example.com')).toHaveLength(1)
  })
})
