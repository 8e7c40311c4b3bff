/** The package as an adopter gets it: packed, unpacked into an app of its own, type-checked, synthesized, run. */
import { globSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import {
  type Installed,
  installedInExample,
  outbox,
  outboxRunning,
  type Running,
  runInApp,
} from './support/installed.ts'

let installed: Installed
beforeAll(async () => {
  installed = await installedInExample('own-cdk-app')
  await addJobType(installed.app)
})
afterAll(() => installed?.remove())

describe('the package', () => {
  test('holds what is compiled, and neither the sample business nor sources', () => {
    const { files, size } = installed.packed
    const strange = files
      .map(({ path }) => path)
      .filter(
        (path) =>
          !/^(dist|docs)\/|^console\/cli\/main\.mjs$|^exports\/api-report\.md$|^[A-Za-z-]+(\.md|\.json)?$/.test(path),
      )
    expect(strange).toEqual([])
    const sources = files.filter(({ path }) => /(?<!\.d)\.tsx?$|^dist\/(app|test|examples)\//.test(path))
    expect(sources).toEqual([])
    expect(size).toBeLessThan(1024 * 1024)
  })

  test('imports only what it brings along or asks for', () => {
    const known = { ...packageJson.dependencies, ...packageJson.peerDependencies }
    // The SDK tries to load the last two, for signatures that nobody asks it for here.
    const ours = [
      ...Object.keys(known),
      'outbox-relay',
      '#app',
      '#tracing',
      '@aws-sdk/signature-v4-crt',
      '@aws-sdk/signature-v4a',
    ]
    const files = globSync('dist/**/*.{js,d.ts}', { cwd: installed.home, exclude: ['dist/console/**'] })
    expect(files.length).toBeGreaterThan(200)
    const strange = files.flatMap((file) => packagesIn(readFileSync(join(installed.home, file), 'utf8')))
    expect([...new Set(strange)].filter((name) => !ours.includes(name))).toEqual([])
  })

  test('has types that the app checks against', async () => {
    expect(await runInApp(installed, 'tsc')).toBe('')
  })
})

describe('on the local stack, synthesized under cdk-nag', () => {
  let stack: Running
  let api: string
  beforeAll(async () => {
    const dataDir = join(installed.app, '.local')
    stack = outboxRunning(installed, ['start', '--console', '/outbox/console'], {
      PORT: '0',
      AWS_PORT: '0',
      DATA_DIR: dataDir,
    })
    api = await stack.printed(/^ +API +(\S+)$/m)
  })
  afterAll(() => stack?.stop())

  test('the API that was there commits a record and its job in one, and the job is done', async () => {
    const readme = readFileSync(join(installed.app, 'README.md'), 'utf8')
    const [, path, header = '', body = ''] = /^curl localhost:3000(\S+) -H '(.+?)' -d '(.+?)'$/m.exec(readme) ?? []
    const headers = Object.fromEntries([header.split(': ')])
    const answer = await json(await fetch(`${api}${path}`, { method: 'POST', headers, body }))
    expect(answer).toMatchObject({ seats: 2, jobs: [{ type: 'confirm-booking' }] })
    expect(await ended(answer.jobs[0].id)).toMatchObject({ status: 'succeeded', attempts: 1 })
    const aws = await stack.printed(/Local AWS endpoint +(\S+)/)
    const { messages } = await json(await fetch(`${aws}/_aws/ses`))
    expect(messages).toMatchObject([{ Subject: `Your booking ${answer.id}` }])
  })

  test('a job type that was added runs, from the API for operators and from the command line', async () => {
    const location = await posted('/outbox/jobs', { type: 'count-seats', payload: { bookingId: 'b-1', seats: 3 } })
    expect(location).toMatch(/^\/outbox\/jobs\/[0-9a-f-]{36}$/)
    const printed = await outbox(
      installed,
      '--url',
      `${api}/outbox`,
      'enqueue',
      'count-seats',
      '{"bookingId":"b-1","seats":4}',
      '--output',
      'json',
    )
    for (const id of [location.split('/').at(-1)!, JSON.parse(printed).id])
      expect(await ended(id)).toMatchObject({ type: 'count-seats', status: 'succeeded' })
  })

  test('what is not the outbox’s is left alone, and what is says so', async () => {
    expect((await fetch(`${api}/jobs`)).status).toBe(404)
    expect(await (await fetch(`${api}/outbox/nothing`)).json()).toMatchObject({ status: 404, title: 'Not Found' })
  })

  test('the console is served under the path, and by `outbox console`', async () => {
    expect(await (await fetch(`${api}/outbox/console/`)).text()).toContain('<!doctype html>')
    const server = outboxRunning(installed, ['console', '--url', `${api}/outbox`])
    try {
      const url = await server.printed(/"url": ?"([^"]+)"/)
      expect(await (await fetch(url)).text()).toContain('<!doctype html>')
      expect(await (await fetch(new URL('../stats', url))).json()).toMatchObject({ lanes: [{ name: 'default' }] })
    } finally {
      await server.stop()
    }
  })

  async function send(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape; a wrong path fails the test that takes it
  const json = async (response: Response) => (await response.json()) as Record<string, any>
  const posted = async (path: string, body: object) => (await send(path, body)).headers.get('location') ?? ''
  const jobAt = async (id: string) => json(await fetch(`${api}/outbox/jobs/${id}`))

  /** The job once nothing more happens to it. */
  async function ended(id: string) {
    await expect.poll(async () => (await jobAt(id)).status, { timeout: 60_000 }).toMatch(/succeeded|dead/)
    return jobAt(id)
  }
})

/** What docs/library.md says of a new job type. */
async function addJobType(app: string): Promise<void> {
  const job = `import { defineJob, update } from 'outbox-relay'
import * as z from 'zod'
import { booking } from '../records/booking.ts'

export default defineJob({
  type: 'count-seats',
  schema: z.object({ bookingId: z.string(), seats: z.int() }),
  run: ({ bookingId, seats }) => ({ records: [update(booking, { id: bookingId }, { add: { seats } })] }),
})
`
  await writeFile(join(app, 'outbox/jobs/count-seats.ts'), job)
  const file = join(app, 'outbox/application.ts')
  const before = await readFile(file, 'utf8')
  const after = `import countSeats from './jobs/count-seats.ts'\n${before.replace('jobs: [', 'jobs: [countSeats, ')}`
  await writeFile(file, after)
}

/** Names of the packages that a module imports. */
function packagesIn(code: string): string[] {
  const text = code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const names = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"\n]+)['"]/g)].map(([, name = '']) => name)
  return names
    .filter((name) => !/^(\.|node:)/.test(name) && !builtinModules.includes(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
}
