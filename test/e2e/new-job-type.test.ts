/** Does what CONTRIBUTING says of a new job type, on a copy of the application, and runs it; then goes on editing while it runs. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runStack, type StackProcess } from '../../local/run-stack.ts'
import { apiAt } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, postJob } from './support/jobs.ts'
import { mailsTo } from './support/mails.ts'

const root = join(import.meta.dirname, '../..')
let directory: string
let stack: StackProcess
let api: ReturnType<typeof apiAt>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outbox-new-job-'))
  await copyApp()
  await addJob('thank-customer', 'sendReceipt')
  const app = `node '${directory}/infra/app.ts'`
  const settings = { dataDir: join(directory, '.local'), dynamoDbUrl: process.env.TEST_DYNAMODB_URL }
  stack = await runStack({ ...settings, app, watch: join(directory, 'infra') })
  api = apiAt(stack.apiUrl)
})

afterAll(async () => {
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

test('a new job type is one file and a line in the registry: queue, schema, retries, status and API follow', async () => {
  const id = await postJob({ type: 'thank-customer', payload: { email: 'ann@example.com' } }, api)
  expect(await jobIs(id, 'succeeded', {}, api)).toMatchObject({ type: 'thank-customer', attempts: 1 })
  expect(await mailsTo('ann@example.com', stack.awsUrl)).toMatchObject([{ Subject: 'Thank you' }])
  expect(await api.post('/jobs', { type: 'thank-customer', payload: { email: 'nobody' } })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'payload.email' }] },
  })
})

test('while `npm run dev` runs, a changed job, route and a new job type go live, and no data is lost', async () => {
  const before = await postJob({ type: 'thank-customer', payload: { email: 'bob@example.com' } }, api)
  await jobIs(before, 'succeeded', {}, api)
  await edit('app/jobs/thank-customer.ts', "'Thank you'", "'Many thanks'")
  await edit('app/routes/orders.ts', "summary: '", "summary: 'Changed: ")
  await addJob('thank-again', 'thankCustomer')
  const request = { type: 'thank-again', payload: { email: 'cem@example.com' } }
  const posted = await eventually(
    'the API takes jobs of the new type',
    () => api.post('/jobs', request),
    ({ status }) => status === 202,
  )
  expect(await jobIs((posted.body as { id: string }).id, 'succeeded', {}, api)).toMatchObject({ attempts: 1 })
  expect(await mailsTo('cem@example.com', stack.awsUrl)).toMatchObject([{ Subject: 'Thank you' }])
  const changed = await postJob({ type: 'thank-customer', payload: { email: 'dan@example.com' } }, api)
  await jobIs(changed, 'succeeded', {}, api)
  expect(await mailsTo('dan@example.com', stack.awsUrl)).toMatchObject([{ Subject: 'Many thanks' }])
  expect(JSON.stringify((await api.get('/openapi.json')).body)).toMatch('"summary":"Changed: ')
  expect(await api.get(`/jobs/${before}`)).toMatchObject({ status: 200, body: { status: 'succeeded' } })
})

async function copyApp(): Promise<void> {
  const folders = ['app', 'shared', 'functions', 'infra', 'exports']
  for (const path of [...folders, 'cdk.json', 'package.json', 'package-lock.json'])
    await cp(join(root, path), join(directory, path), { recursive: true })
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
}

/** The two steps of CONTRIBUTING, for a job type of this name. */
async function addJob(type: string, after: string): Promise<void> {
  const block = (await jobFileOfContributing()).replace("'thank-customer'", `'${type}'`)
  await writeFile(join(directory, `app/jobs/${type}.ts`), block)
  await register(join(directory, 'app/jobs.ts'), type, after)
}

async function edit(path: string, before: string, after: string): Promise<void> {
  const file = join(directory, path)
  await writeFile(file, (await readFile(file, 'utf8')).replace(before, after))
}

/** The first TypeScript block of CONTRIBUTING, which is indented as part of a list. */
async function jobFileOfContributing(): Promise<string> {
  const text = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8')
  const [, block = ''] = /^ {3}```ts\n([\s\S]*?)^ {3}```/m.exec(text) ?? []
  return block.replace(/^ {3}/gm, '')
}

async function register(file: string, type: string, after: string): Promise<void> {
  const name = type.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const registry = await readFile(file, 'utf8')
  const added = registry
    .replace('import trackPageView', `import ${name} from './jobs/${type}.ts'\nimport trackPageView`)
    .replace(`  ${after},\n`, `  ${after},\n  ${name},\n`)
  await writeFile(file, added)
}
