import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import type { Engine } from '../types.ts'
import { waitForEarlier } from './earlier.ts'

/** An engine that is a process of its own. */
export interface EngineProcess extends Engine {
  readonly pid: number
  /** Resolves when the process is gone, with its last words. It never rejects. */
  readonly exited: Promise<string>
}

/**
 * The program takes the place of this shell, so that its pid is the one we know. Next to it waits a shell that reads from
 * a pipe of this process: a line means that the program has ended; the end of the pipe means that we have, perhaps by `kill -9`,
 * and then it takes the program with it.
 */
const LIFELINE = `{ read -r _ <&3 || kill -9 $$; } >/dev/null 2>&1 & exec "$@" 3<&-`

/** How long an engine may take from start to its first line, and from SIGTERM to its end. */
const START_MS = 30_000
const STOP_MS = 3_000

/** The line that tells why, among the stack traces of a JVM, Node.js and a shell. */
const FAULT = /(?:error|exception|not found|unable)\b/i

interface Program {
  /** Its data. It occurs in the command line, and the pid is kept in it. */
  readonly dir: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Looks for the port in a line of output. Until it is found the engine is not ready. */
  portIn(line: string): number | undefined
  /** What to tell a person about a program that ended before it was ready. */
  explain(lastWords: string): string
  /** Takes what it complains of once it is ready. */
  complain(line: string): void
}

/** Starts the program in a session of its own, where a terminal's Ctrl-C does not reach it before we stop it in order. */
export async function startChild(program: Program): Promise<EngineProcess> {
  const pidFile = join(program.dir, 'engine.pid')
  await waitForEarlier(pidFile, program.dir)
  const child = spawn('/bin/sh', ['-c', LIFELINE, 'sh', ...program.command], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...program.env },
  })
  if (child.pid) writeFileSync(pidFile, String(child.pid))
  const { port, exited } = watch(child, program)
  const stop = () => end(child, exited)
  const first = await Promise.race([port, exited, timeout(START_MS)])
  if (typeof first === 'number') {
    return { endpoint: `http://127.0.0.1:${first}`, pid: child.pid ?? 0, exited, stop }
  }
  await stop()
  throw new Error(program.explain(first))
}

function watch(child: ChildProcess, program: Program): { port: Promise<number>; exited: Promise<string> } {
  let fault: string | undefined
  let ready = false
  const lifeline = child.stdio[3] as Writable
  lifeline.on('error', () => {}) // The waiting shell may be gone already.
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', () => lifeline.end('\n'))
    child.once('close', (code, signal) => resolve(fault ?? `it ended with ${signal ?? `code ${code}`}`))
  })
  const port = new Promise<number>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface(stream).on('line', (line) => {
        const found = program.portIn(line)
        if (found !== undefined) {
          ready = true
          return resolve(found)
        }
        if (!FAULT.test(line)) return
        fault = line.trim()
        if (ready) program.complain(line)
      })
    }
  })
  return { port, exited }
}

/** Idempotent: a process that has ended is left alone, its pid may belong to another by now. */
async function end(child: ChildProcess, exited: Promise<string>): Promise<void> {
  const isUp = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined
  if (isUp()) child.kill('SIGTERM')
  const kill = setTimeout(() => isUp() && child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(kill)
}

function timeout(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, ms, `it said nothing for ${ms / 1000} s`).unref())
}
