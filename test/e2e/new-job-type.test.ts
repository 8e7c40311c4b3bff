/** Does what CONTRIBUTING says of a new job type, on a copy of the application, and runs it. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runStack } from '../../local/run-stack.ts'
import { apiAt } from './support/api.ts'
import { jobIs, postJob } from './support/jobs.ts'
import { mailsTo } from './support/mails.ts'

const root = join(import.meta.dirname, '../..')

test('a new job type is one file and a line in the registry: queue, schema, retries, status and API follow', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'outbox-new-job-'))
  try {
    await copyApp(directory)
    await writeFile(join(directory, 'app/jobs/thank-customer.ts'), await jobFileOfContributing())
    await register(join(directory, 'app/registry.ts'))
    const stack = await runStack({ dataDir: join(directory, '.local'), app: `node '${directory}/infra/app.ts'` })
    try {
      const api = apiAt(stack.apiUrl)
      const id = await postJob({ type: 'thank-customer', payload: { email: 'ann@example.com' } }, api)
      expect(await jobIs(id, 'succeeded', {}, api)).toMatchObject({ type: 'thank-customer', attempts: 1 })
      expect(await mailsTo('ann@example.com', stack.awsUrl)).toMatchObject([{ Subject: 'Thank you' }])
      expect(await api.post('/jobs', { type: 'thank-customer', payload: { email: 'nobody' } })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'payload.email' }] },
      })
    } finally {
      await stack.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

async function copyApp(directory: string): Promise<void> {
  const folders = ['app', 'shared', 'functions', 'infra', 'exports']
  for (const path of [...folders, 'cdk.json', 'package.json', 'package-lock.json'])
    await cp(join(root, path), join(directory, path), { recursive: true })
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
}

/** The first TypeScript block of CONTRIBUTING, which is indented as part of a list. */
async function jobFileOfContributing(): Promise<string> {
  const text = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8')
  const [, block = ''] = /^ {3}```ts\n([\s\S]*?)^ {3}```/m.exec(text) ?? []
  return block.replace(/^ {3}/gm, '')
}

async function register(file: string): Promise<void> {
  const registry = await readFile(file, 'utf8')
  const added = registry
    .replace('import trackPageView', "import thankCustomer from './jobs/thank-customer.ts'\nimport trackPageView")
    .replace('  sendReceipt,\n', '  sendReceipt,\n  thankCustomer,\n')
  await writeFile(file, added)
}
