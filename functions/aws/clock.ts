import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../shared/lib/ports.ts'

export const clock: Clock = {
  now: () => new Date(),
  sleep: async (ms) => {
    await sleep(ms)
  },
  random: Math.random,
}
