/** The story of a job, on a running stack (API_URL and AWS_ENDPOINT_URL) or on one that is started for it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepLoopbackDirect } from '../../local/loopback.ts'
import { runStack } from '../../local/run-stack.ts'
import { clientOf } from './client.ts'
import { NotSo } from './expect.ts'
import { fixMail, story } from './story.ts'
import { words } from './words.ts'

interface Stage {
  readonly apiUrl: string
  readonly awsUrl: string
  leave(): Promise<void>
}

async function main(): Promise<void> {
  keepLoopbackDirect(process.env)
  words.title('Outbox Relay: an order, its receipt, and what can go wrong between them')
  const stage = await enter()
  const client = clientOf(stage.apiUrl, stage.awsUrl)
  try {
    await story(client)
    words.done('Done. All of it happened.')
  } finally {
    await fixMail(client).catch(() => {})
    await stage.leave()
  }
}

async function enter(): Promise<Stage> {
  const { API_URL, AWS_ENDPOINT_URL } = process.env
  if (!API_URL) return ownStack()
  if (!AWS_ENDPOINT_URL)
    throw new NotSo('API_URL is set and AWS_ENDPOINT_URL is not. Set both (npm start prints them), or neither')
  words.tell(`On the stack at ${API_URL}`)
  return { apiUrl: API_URL, awsUrl: AWS_ENDPOINT_URL, leave: async () => {} }
}

async function ownStack(): Promise<Stage> {
  words.tell('No API_URL is set: a stack of its own is started, which takes some seconds …')
  const dataDir = await mkdtemp(join(tmpdir(), 'outbox-demo-'))
  const clear = () => rm(dataDir, { recursive: true, force: true })
  const stack = await runStack({ dataDir }).catch(async (error) => {
    await clear()
    throw error
  })
  words.proved(`It runs at ${stack.apiUrl}, with its AWS endpoint at ${stack.awsUrl}, until the story is over`)
  return {
    ...stack,
    async leave() {
      await stack.stop()
      await clear()
      words.tell('Its stack is stopped. To look around in one, run `npm start`, and there tell the story again:')
      words.tell('API_URL=http://localhost:3000 AWS_ENDPOINT_URL=http://localhost:4566 npm run demo')
    },
  }
}

main().catch((error: unknown) => {
  words.failed(error instanceof NotSo ? `It did not happen: ${error.message}` : String(error))
  process.exitCode = 1
})
