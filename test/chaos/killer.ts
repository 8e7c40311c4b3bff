/** Kills things at random while the load runs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { local } from '../e2e/support/aws.ts'

export interface Kills {
  functions: number
  stacks: number
}

/**
 * Kills processes of random functions (`kill -9`), every second or so, until it is told to stop.
 *
 * @param awsUrl where the local AWS endpoint is; it changes when the stack is started again
 */
export async function killFunctions(
  awsUrl: () => string,
  random: () => number,
  kills: Kills,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(500 + 1_500 * random())
    try {
      const { functions } = await local<{ functions: { name: string }[] }>(
        'GET',
        '/_local/functions',
        undefined,
        awsUrl(),
      )
      const victim = functions[Math.floor(random() * functions.length)]
      if (!victim) continue
      const { killed } = await local<{ killed: number }>(
        'POST',
        `/_local/functions/${victim.name}/kill`,
        undefined,
        awsUrl(),
      )
      kills.functions += killed
    } catch {
      // The stack itself is down at the moment.
    }
  }
}
