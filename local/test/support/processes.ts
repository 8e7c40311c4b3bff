import { expect } from 'vitest'

/** A process whose parent has ended stays until init has collected it. */
export async function expectGone(pid: number): Promise<void> {
  await expect.poll(() => isThere(pid), { timeout: 5_000 }).toBe(false)
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
