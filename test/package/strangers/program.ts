/** Programs that a stranger starts. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The environment of a stranger: no program of this repository is on the path, and no setting of the tests is there. */
export function strangersEnv(tools: readonly string[], more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const kept = Object.entries(process.env).filter(([name]) => !/^(NODE_(?!EXTRA_CA_CERTS)|VITEST|npm_|CDK_)/.test(name))
  return { ...Object.fromEntries(kept), CI: 'true', ...more, PATH: [...tools, ...path].join(delimiter) }
}

export interface Program {
  /** All that it printed. */
  output(): string
  /** The first group of a pattern in what it printed. Rejects when it ends before that, or takes too long. */
  printed(pattern: RegExp): Promise<string>
  /** Waits for its end. Rejects with what it printed when that is no success. */
  done(): Promise<string>
  stop(): Promise<void>
}

const longest = 300_000

export function start(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Program {
  const [file = '', ...args] = command
  // A group of its own: not every package manager passes a signal on.
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  let code: number | null | undefined
  const ended = once(child, 'close').then(([status]) => {
    code = status as number | null
  })
  const failed = (what: string) => new Error(`${command.join(' ')} in ${cwd} ${what}:\n${output}`)
  return {
    output: () => output,
    async printed(pattern) {
      for (const until = Date.now() + longest; Date.now() < until; await sleep(50)) {
        const found = pattern.exec(output)?.[1]
        if (found !== undefined) return found
        if (code !== undefined) throw failed('ended')
      }
      throw failed(`did not print ${pattern}`)
    },
    async done() {
      await ended
      if (code !== 0) throw failed(`ended with ${code}`)
      return output
    },
    async stop() {
      if (code === undefined && child.pid) process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}
