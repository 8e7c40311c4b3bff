import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Inputs } from './child.ts'
import type { World } from './world.ts'

const functions = ['api', 'relay', 'relay-ordered', 'consume-default', 'sweep', 'schedule', 'reconcile']

/** Runs a measure in a process of its own, with the environment of a function. What it logs is dropped. */
export async function runChild<T>(
  world: World,
  measure: string,
  options: { readonly fn: string; readonly by: 'direct' | 'metered'; readonly quick: boolean },
  say: (line: string) => void,
): Promise<T> {
  const inputs: Inputs = {
    bundles: Object.fromEntries(functions.map((name) => [name, join(world.functionOf(name).codeDir, 'index.mjs')])),
    environments: Object.fromEntries(functions.map((name) => [name, world.environmentOf(name, options.by)])),
    queues: Object.fromEntries(world.model.queues.map(({ name, url }) => [name, url])),
    direct: world.direct,
    gatewayUrl: world.gatewayUrl,
    quick: options.quick,
  }
  const child = fork(join(import.meta.dirname, 'child.ts'), [measure], {
    env: { ...world.environmentOf(options.fn, options.by), BENCH_INPUTS: JSON.stringify(inputs) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  })
  let last = ''
  let answer: { result?: T; error?: string } = {}
  child.stdout?.resume()
  child.stderr?.on('data', (chunk) => {
    last = `${last}${chunk}`.slice(-4_000)
  })
  child.on('message', (message: { line?: string; result?: T; error?: string }) => {
    if (message.line !== undefined) say(message.line)
    else answer = message
  })
  const [code] = await once(child, 'close')
  if (answer.result !== undefined) return answer.result
  throw new Error(`The bench ${measure} ended with ${code}: ${answer.error ?? last}`)
}
