import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LambdaFunction } from '../model.ts'
import { answered, type Ending, type Message, wordsFor } from './ending.ts'
import { eachLine } from './lines.ts'

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const BOOTSTRAP = fileOf('./bootstrap.mjs')
const AWS_RUNTIME = fileOf('./aws-runtime.mjs')

export interface Invocation {
  readonly requestId: string
  readonly traceId: string
  /** The event as JSON text. */
  readonly event: string
}

export interface FunctionProcess {
  readonly pid: number
  readonly startedAt: string
  /** Resolves when the handler is loaded (`answered`) or will never be. */
  readonly init: Promise<Ending>
  /** Resolves once nothing of the process is left and all its output was read. */
  readonly closed: Promise<void>
  invocations: number
  /** False once the process is ending or was killed. */
  alive(): boolean
  /** Only while no other invocation runs in the process. A process that outlives its time is killed before this resolves. */
  run(invocation: Invocation): Promise<Ending>
  /** `kill -9` of the process and all that it started. */
  kill(): void
}

/** Lambda gives the loading of a function 10 s, and when that was not enough once more the time of an invocation. */
const INIT_MS = 10_000

/**
 * Starts a process for one function and begins to load its handler. Its output goes to `onLine`.
 * The heap is limited as Lambda's Node runtime does it, to 90 % of the function's memory, unless NODE_OPTIONS says otherwise.
 *
 * @param runtimeClient index.mjs of AWS's runtime interface client, which then runs the handler in place of this project's bootstrap
 */
export function startProcess(
  fn: LambdaFunction,
  env: Record<string, string>,
  onLine: (line: string) => void,
  runtimeClient?: string,
): FunctionProcess {
  const limits = [
    `--max-old-space-size=${Math.floor(fn.memoryMb * 0.9)}`,
    `--max-semi-space-size=${Math.max(1, Math.floor(fn.memoryMb * 0.05))}`,
  ]
  const flags = [
    ...(/(old|semi).space.size/.test(env.NODE_OPTIONS ?? '') ? [] : limits),
    ...(fn.inspectPort ? [`--inspect=127.0.0.1:${fn.inspectPort}`] : []),
  ]
  const bootstrap = runtimeClient ? [AWS_RUNTIME, fn.arn, runtimeClient] : [BOOTSTRAP, fn.arn]
  const child = spawn(process.execPath, [...flags, ...bootstrap], {
    cwd: fn.codeDir,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Its own process group: Ctrl-C at the terminal reaches only the stack, and a kill reaches all that the function started.
    detached: true,
  })
  const state = follow(child, onLine)
  const timeoutMs = fn.timeoutSeconds * 1000
  const init = state.next(INIT_MS + timeoutMs)
  return {
    pid: child.pid ?? 0,
    startedAt: new Date().toISOString(),
    init,
    closed: state.closed,
    invocations: 0,
    alive: state.alive,
    run(invocation) {
      this.invocations += 1
      const ending = state.next(timeoutMs)
      // A process that is gone is reported by its end, not by this call.
      child.send({ ...invocation, deadline: Date.now() + timeoutMs }, () => undefined)
      return ending
    },
    kill: state.kill,
  }
}

/** Turns what happens to a child process into the ending of what it is doing at that time. */
function follow(child: ChildProcess, onLine: (line: string) => void) {
  let settle: ((how: (durationMs: number) => Ending) => void) | undefined
  let alive = true
  let exited = false
  let heapExhausted = false
  let spawnError: Error | undefined
  const { promise: closed, resolve: nothingLeft } = Promise.withResolvers<void>()

  const kill = () => {
    alive = false
    // Later its id may belong to somebody else.
    if (!exited) killGroup(child)
  }
  eachLine(child.stdout, onLine)
  eachLine(child.stderr, (line) => {
    heapExhausted ||= line.includes('heap out of memory')
    onLine(line)
  })
  child.on('message', (message: Message) => {
    if (message.last) alive = false
    if (settle) settle((durationMs) => answered(message, durationMs))
    else if (message.error) onLine(`Uncaught Exception ${JSON.stringify(message.error)}`)
  })
  child.on('error', (error) => {
    spawnError = error
    if (child.pid === undefined) child.emit('close', null, null)
  })
  child.on('exit', () => {
    // Whatever it started would hold its output open and keep 'close' from coming.
    kill()
    exited = true
    setTimeout(() => [child.stdout, child.stderr].map((stream) => stream?.destroy()), 1000).unref()
  })
  child.on('close', (code, signal) => {
    alive = false
    const how = spawnError && child.pid === undefined ? spawnError.message : wordsFor(code, signal)
    settle?.((durationMs) => ({ kind: 'died', how, outOfMemory: heapExhausted, durationMs }))
    nothingLeft()
  })

  const next = (limitMs: number) =>
    new Promise<Ending>((resolve) => {
      const began = performance.now()
      let timedOut = false
      const timer = setTimeout(() => {
        // An answer that is already in the pipe was in time: let it be read first.
        setImmediate(() => {
          if (settle !== mine) return
          timedOut = true
          kill()
        })
      }, limitMs)
      const mine: typeof settle = (how) => {
        const durationMs = performance.now() - began
        const ending = how(durationMs)
        if (timedOut && ending.kind !== 'died') return
        clearTimeout(timer)
        settle = undefined
        resolve(timedOut ? { kind: 'timed-out', durationMs } : ending)
      }
      settle = mine
    })

  return { next, kill, closed, alive: () => alive }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}
