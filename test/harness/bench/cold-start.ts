/** Init time and size of the bundles on a job's way, beside a handler that has nothing but the SDK clients that each cannot do without. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inTurn } from './rounds.ts'
import type { World } from './world.ts'

/** The clients that each function calls AWS with. */
const clients = {
  api: ['DynamoDB', 'SQS', 'Lambda'],
  relay: ['SQS'],
  'consume-default': ['DynamoDB', 'SQS', 'SES'],
  sweep: ['DynamoDB', 'SQS'],
  schedule: ['DynamoDB'],
  reconcile: ['DynamoDB', 'SQS'],
} as const
export type Started = keyof typeof clients

export interface Init {
  /** ms, one per round. */
  readonly ms: readonly number[]
  readonly bytes: number
}
export type ColdStarts = Readonly<Record<Started, { readonly own: Init; readonly floor: Init }>>

export async function coldStarts(world: World, rounds: number, say: (line: string) => void): Promise<ColdStarts> {
  const names = Object.keys(clients) as Started[]
  const bundles = await Promise.all(
    names.map(async (name) => {
      const own = join(world.functionOf(name).codeDir, 'index.mjs')
      return { name, own, floor: await floorBundle(world, name) }
    }),
  )
  const times = new Map<string, number[]>()
  for (let round = -1; round < rounds; round++) {
    for (const { name, own, floor } of bundles)
      for (const path of inTurn([own, floor], round)) {
        const ms = await initOf(path, world.environmentOf(name, 'direct'))
        if (round >= 0) times.set(path, [...(times.get(path) ?? []), ms])
      }
    if (round >= 0) say(`round ${round + 1} of ${rounds}`)
  }
  const init = async (path: string) => ({ ms: times.get(path) ?? [], bytes: (await stat(path)).size })
  const entries = bundles.map(async ({ name, own, floor }) => [
    name,
    { own: await init(own), floor: await init(floor) },
  ])
  return Object.fromEntries(await Promise.all(entries))
}

/** Bundled as infra/config/bundling.ts bundles, with all that the SDK brings by itself. */
async function floorBundle({ assemblyDir }: World, name: Started): Promise<string> {
  const outfile = join(assemblyDir, 'floor', name, 'index.mjs')
  await mkdir(join(assemblyDir, 'floor', name), { recursive: true })
  const lines = clients[name].map(
    (client) => `import { ${client}Client } from '@aws-sdk/client-${client.toLowerCase()}'\nnew ${client}Client({})`,
  )
  await build({
    stdin: { contents: `${lines.join('\n')}\nexport const handler = async () => {}`, resolveDir: import.meta.dirname },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    mainFields: ['module', 'main'],
    banner: {
      js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);",
    },
  })
  return outfile
}

/** Loads a bundle in a new process; ms of the loading alone, without Node's own start. */
async function initOf(path: string, env: Record<string, string>): Promise<number> {
  const child = fork(join(import.meta.dirname, 'init.mjs'), [path], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [ms] = (await once(child, 'message')) as [number]
  child.kill('SIGKILL')
  await once(child, 'close')
  return ms
}
