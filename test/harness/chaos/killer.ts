/** Kills while the run goes on, evenly over its course: functions, engines, and the whole stack. */
import { setTimeout as sleep } from 'node:timers/promises'
import { local } from '../../e2e/support/aws.ts'
import { killAtDelete } from './kill-points.ts'
import type { ChaosSettings } from './settings.ts'
import type { ChaosStack, Counts } from './stack.ts'

/** How far a run has come, from 0 to 1: then everything is accepted, and half of it done. */
export type Course = () => number

/** @returns how often each kind was killed, by name */
export async function killOnTheWay(
  stack: ChaosStack,
  { functionKills, stackKills, engineKills, progress }: ChaosSettings,
  random: () => number,
  course: Course,
): Promise<Counts> {
  const evenly = (times: number, kill: (n: number) => Promise<string>) =>
    Array.from({ length: times }, (_, n) => ({ at: (n + 0.5) / times, kill: () => kill(n) }))
  const deaths: Record<string, number> = {}
  const inTurn = async (kills: ReturnType<typeof evenly>, tell: (name: string) => void) => {
    for (const { at, kill } of kills.sort((a, b) => a.at - b.at)) {
      while (course() < at) await sleep(50)
      const name = await kill()
      deaths[name] = (deaths[name] ?? 0) + 1
      tell(name)
    }
  }
  const large = [...evenly(engineKills, (n) => killEngine(stack, n)), ...evenly(stackKills, (n) => killStack(stack, n))]
  const small = evenly(functionKills, () => killFunction(stack, random))
  await Promise.all([inTurn(large, progress), inTurn(small, () => {})])
  return deaths
}

/** All processes of a function that has some. */
async function killFunction(stack: ChaosStack, random: () => number): Promise<string> {
  for (;;) {
    try {
      const url = stack.awsUrl()
      const { functions } = await local<{ functions: { name: string }[] }>('GET', '/_local/functions', undefined, url)
      const victim = functions[Math.floor(random() * functions.length)]
      const path = `/_local/functions/${victim?.name}/kill`
      if (victim && (await local<{ killed: number }>('POST', path, undefined, url)).killed > 0)
        return 'kill -9 at random: a function'
    } catch {
      // The stack itself is down at the moment.
    }
    await sleep(100)
  }
}

async function killEngine(stack: ChaosStack, n: number): Promise<string> {
  const engine = n % 2 === 0 ? 'dynamodb' : 'sqs'
  while (!stack.killEngine(engine)) await sleep(100)
  return `kill -9 of the ${engine} engine`
}

/** In turn: at any moment, just before and just after what was done is deleted from its queue. */
async function killStack(stack: ChaosStack, n: number): Promise<string> {
  const rule = [undefined, killAtDelete('before'), killAtDelete('after')][n % 3]
  await stack.killAll(rule)
  return rule?.name ?? 'kill -9 of the whole stack: at random'
}
