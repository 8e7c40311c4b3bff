/** Kills at random, while the load runs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { local } from '../e2e/support/aws.ts'
import type { ChaosStack } from './stack.ts'

/**
 * Kills all processes of a random function (`kill -9`), until it is told to stop.
 *
 * @param everyMs between two kills, on average
 * @returns how many processes it killed
 */
export async function killFunctions(
  stack: ChaosStack,
  random: () => number,
  everyMs: number,
  signal: AbortSignal,
): Promise<number> {
  let total = 0
  while (!signal.aborted) {
    await sleep(everyMs * (0.5 + random()), undefined, { signal }).catch(() => {})
    try {
      const url = stack.awsUrl()
      const { functions } = await local<{ functions: { name: string }[] }>('GET', '/_local/functions', undefined, url)
      const victim = functions[Math.floor(random() * functions.length)]
      if (!victim || signal.aborted) continue
      const path = `/_local/functions/${victim.name}/kill`
      total += (await local<{ killed: number }>('POST', path, undefined, url)).killed
    } catch {
      // The stack itself is down at the moment.
    }
  }
  return total
}
