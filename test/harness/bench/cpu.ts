import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Kernel ticks per second, the same on every Linux that Node.js runs on. */
const HZ = 100

interface Process {
  readonly pid: number
  readonly parent: number
  /** CPU used so far, s. */
  readonly cpu: number
}

/** CPU that a process and all its descendants use, as a share of one core. Linux only: it reads /proc. */
export async function cpuShare(root: number, seconds: number): Promise<number> {
  const before = new Map(treeOf(root).map(({ pid, cpu }) => [pid, cpu]))
  const began = performance.now()
  await sleep(seconds * 1000)
  const used = treeOf(root).reduce((sum, { pid, cpu }) => sum + cpu - (before.get(pid) ?? 0), 0)
  return used / ((performance.now() - began) / 1000)
}

function treeOf(root: number): Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? processAt(name) : []))
  const tree = new Set([root])
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid)
  }
  return all.filter(({ pid }) => tree.has(pid))
}

/** A process may end while we look. */
function processAt(pid: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name is in parentheses and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const cpu = (Number(fields[11]) + Number(fields[12])) / HZ
    return [{ pid: Number(pid), parent: Number(fields[1]), cpu }]
  } catch {
    return []
  }
}
