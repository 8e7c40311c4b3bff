import { type SpawnOptions, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { exit, Failure } from '../api-client/failure.ts'
import { findStack } from '../api-client/stack.ts'
import type { Installation, Out, Ports } from './ports.ts'

/** The ports of this process. A second Ctrl-C ends it at once. */
export function processPorts({ version, localStack, builtConsole, sample }: Installation): Ports & { close(): void } {
  const stop = new AbortController()
  const stopped = () => (stop.signal.aborted ? process.exit(130) : stop.abort())
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, stopped)
  const now = () => new Date()
  const { signal } = stop
  const sleep = (ms: number) => wait(ms, undefined, { signal })
  return {
    version,
    stdout: out(process.stdout),
    stderr: out(process.stderr),
    stdin: { isTTY: process.stdin.isTTY === true, text: () => text(process.stdin), ask: (q) => ask(q, signal) },
    env: process.env,
    fetch,
    now,
    sleep,
    signal,
    newId: randomUUID,
    edit: (text) => inEditor(text, signals),
    findStack: (stack, flags) => findStack(stack, now, flags),
    inspectStack: async (stack, how) => {
      const { inspectStack } = await import('./doctor/aws-checks.ts')
      return inspectStack(stack, { ...how, now, sleep })
    },
    builtConsole,
    localStack: (args) => inForeground(process.execPath, [localStack, ...args], {}, signals),
    script: (name, env) => script(name, sample, env, signals),
    close: () => signals.forEach((name) => void process.off(name, stopped)),
  }
}

function out(stream: NodeJS.WriteStream): Out {
  // `outbox … | head` leaves early; that is not a failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY
    },
    write: (line) => void stream.write(line),
  }
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // Readline takes Ctrl-C to itself while it reads.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  try {
    return await Promise.race([lines.question(question, { signal }), ended])
  } finally {
    lines.close()
  }
}

type Signals = readonly NodeJS.Signals[]

/** npm's own way to run it, hooks included. */
async function script(
  name: string,
  sample: string | undefined,
  env: Readonly<Record<string, string>>,
  signals: Signals,
): Promise<number> {
  if (!sample) throw new Error(`${name} needs the sample application, which the package leaves out`)
  const shell = process.platform === 'win32'
  const options = { cwd: sample, env: { ...process.env, ...env }, shell }
  return inForeground('npm', ['run', '--silent', name], options, signals)
}

/** The file may hold what the API shows of personal data, so only its owner reads it, and it is removed. */
async function inEditor(before: string, signals: Signals): Promise<string> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi'
  const directory = await mkdtemp(join(tmpdir(), 'outbox-'))
  const file = join(directory, 'payload.json')
  try {
    await writeFile(file, before, { mode: 0o600 })
    // An editor may come with options: `code --wait`.
    const code = await inForeground(`${editor} "${file}"`, [], { shell: true }, signals)
    if (code !== 0) throw new Failure(exit.refused, `The editor (${editor}) ended with ${code}, so nothing was sent`)
    return await readFile(file, 'utf8')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Runs a program in our place: what this process is told to do, it is told too. */
function inForeground(program: string, args: readonly string[], options: SpawnOptions, signals: Signals) {
  const child = spawn(program, args, { ...options, stdio: 'inherit' })
  const pass = (signal: NodeJS.Signals) => void child.kill(signal)
  for (const signal of signals) process.on(signal, pass)
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, by) => {
      for (const signal of signals) process.off(signal, pass)
      resolve(code ?? 128 + (by ? constants.signals[by] : 0))
    })
  })
}
