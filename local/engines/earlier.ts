import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const WAIT_MS = 10_000

/**
 * Waits until the engine of an earlier run has let go of its directory. After a `kill -9` of the stack its engines end
 * within moments; two of them on one database would each miss what the other writes. `marker` occurs in the engine's
 * command line and tells it from a stranger who got its pid since.
 */
export async function waitForEarlier(pidFile: string, marker: string): Promise<void> {
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8'))
  const until = Date.now() + WAIT_MS
  while (commandOf(pid).includes(marker)) {
    if (Date.now() > until)
      throw new Error(`Process ${pid} of an earlier run still holds ${marker}. End it, then start again`)
    await sleep(20)
  }
}

/** The command line of a process, empty when there is none. */
function commandOf(pid: number): string {
  try {
    process.kill(pid, 0)
    return existsSync('/proc/self/cmdline')
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
