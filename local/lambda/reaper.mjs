/**
 * Kills what the stack leaves behind. A function notices itself when the stack is gone, unless it is in a busy loop;
 * this process reads the process groups of the living functions (`+pid`, `-pid`, one a line) and, when its input ends
 * because the stack is gone, ends them.
 */
import { createInterface } from 'node:readline'

const alive = new Set()
createInterface({ input: process.stdin })
  .on('line', (line) => (line[0] === '+' ? alive.add(line.slice(1)) : alive.delete(line.slice(1))))
  .on('close', () => {
    for (const pid of alive) {
      try {
        process.kill(-Number(pid), 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
  })
