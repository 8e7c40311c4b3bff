import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./reaper.mjs', import.meta.url))

export interface Reaper {
  watch(pid: number): void
  forget(pid: number): void
  stop(): Promise<void>
}

/** Starts the process that kills the watched process groups should this process die, however it dies. */
export function startReaper(): Reaper {
  // Its own process group: a Ctrl-C or a kill meant for the stack must not reach it.
  const child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const ended = once(child, 'exit').catch(() => undefined)
  // Without a reaper, functions still end themselves when they notice that their parent is gone.
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  child.unref()
  return {
    watch: (pid) => void child.stdin.write(`+${pid}\n`),
    forget: (pid) => void child.stdin.write(`-${pid}\n`),
    async stop() {
      child.ref()
      child.stdin.end()
      await ended
    },
  }
}
