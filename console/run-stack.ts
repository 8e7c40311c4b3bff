import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, resolve } from 'node:path'
import { localStack } from './local-stack.ts'

export interface StackProcess {
  readonly apiUrl: string
  readonly awsUrl: string
  readonly pid: number
  /** Stops it in order, and resolves when nothing of it is left. */
  stop(): Promise<void>
  /** `kill -9`: what a power cut does. */
  kill(): Promise<void>
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<void>
}

export interface StackProcessSettings {
  /** What it stores stays there for the next start. */
  readonly dataDir: string
  /** The command that synthesizes. @default `node infra/app.ts` */
  readonly app?: string
  /** Where to run it, with the dependencies of the app. @default the working directory */
  readonly cwd?: string
  /** Beside the stage, as `-c` gives it: `{apiType: 'rest'}`. */
  readonly context?: Readonly<Record<string, string>>
  /** What to serve beside the API, as `--serve` takes it: `/console=console/web/dist`. */
  readonly serve?: string
}

/**
 * Runs what `npm start` runs, on free ports, as a process of its own, and resolves once it is ready.
 *
 * @throws with all that it printed, if it ends before that
 */
export async function runStack(settings: StackProcessSettings): Promise<StackProcess> {
  const { dataDir, app = 'node infra/app.ts', cwd = process.cwd(), context = {}, serve } = settings
  const keys = Object.entries({ stage: 'local', ...context }).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const served = serve === undefined ? [] : ['--serve', serve]
  const child = spawn(process.execPath, [localStack, '--app', app, ...keys, ...served], {
    cwd,
    env: environment(dataDir, cwd),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit').then(() => undefined)
  const { apiUrl, awsUrl } = await ready(child)
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  return { apiUrl, awsUrl, pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), ended }
}

function environment(dataDir: string, cwd: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${resolve(cwd, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
    PORT: '0',
    AWS_PORT: '0',
    DATA_DIR: dataDir,
    // As under npm: should this process be killed, the stack notices and ends too.
    npm_lifecycle_event: process.env.npm_lifecycle_event ?? 'start',
  }
}

function ready(child: ChildProcess): Promise<{ apiUrl: string; awsUrl: string }> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer) => {
      output += chunk
      const apiUrl = /^ +API +(\S+)/m.exec(output)?.[1]
      const awsUrl = /^ +Local AWS endpoint +(\S+)/m.exec(output)?.[1]
      if (!apiUrl || !awsUrl) return
      resolve({ apiUrl, awsUrl })
      // What comes from now on is read, or the stack would stand still, and not kept.
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', read).resume()
      output = ''
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`the stack ended with ${code} before it was ready:\n${output}`)))
  })
}
