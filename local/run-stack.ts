import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join, resolve } from 'node:path'

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
  /** The command that synthesizes. @default - `app` of cdk.json in `cwd` */
  readonly app?: string
  /** Where to run it, with the dependencies of the app. @default the working directory */
  readonly cwd?: string
  /** A DynamoDB Local that runs already, as DYNAMODB_URL names it. @default - one of its own, on `dataDir` */
  readonly dynamoDbUrl?: string
  /** More context than `stage=local`, as `-c` gives it. */
  readonly context?: Readonly<Record<string, string>>
  /** A directory to serve next to the API, as `--serve` takes it: `/docs=build/docs`. */
  readonly serve?: string
  /** What SES has verified, as `--ses-identity` takes it. @default - every sender */
  readonly sesIdentities?: readonly string[]
  /** Reload changed code; what the template is made of beside it, as `--watch` takes it. */
  readonly watch?: string
}

const main = join(import.meta.dirname, 'main.ts')

/**
 * Starts the local stack as a process of its own, on free ports. Resolves when it is ready.
 *
 * @throws with all that it printed, if it ends before that
 */
export async function runStack(settings: StackProcessSettings): Promise<StackProcess> {
  const { app, cwd = process.cwd(), context = {}, serve, sesIdentities = [], watch } = settings
  const keys = Object.entries({ stage: 'local', ...context }).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const synthesizes = app === undefined ? [] : ['--app', app]
  const served = serve === undefined ? [] : ['--serve', serve]
  const verified = sesIdentities.flatMap((identity) => ['--ses-identity', identity])
  const watched = watch === undefined ? [] : ['--watch', watch]
  const child = spawn(process.execPath, [main, ...synthesizes, ...keys, ...served, ...verified, ...watched], {
    cwd,
    env: environment(settings, cwd),
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

function environment({ dataDir, dynamoDbUrl = '' }: StackProcessSettings, cwd: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${resolve(cwd, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
    PORT: '0',
    AWS_PORT: '0',
    DATA_DIR: dataDir,
    DYNAMODB_URL: dynamoDbUrl,
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
