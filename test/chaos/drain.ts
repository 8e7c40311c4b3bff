/** Waiting for the end: until nothing is on its way, and what is dead was redriven. */
import { setTimeout as sleep } from 'node:timers/promises'
import { apiAt } from '../e2e/support/api.ts'
import { local } from '../e2e/support/aws.ts'
import type { ChaosStack } from './stack.ts'

interface Stats {
  readonly lanes: readonly { readonly visible: number; readonly inFlight: number; readonly delayed: number }[]
  readonly jobs: { readonly retrying: number; readonly dead: number }
}

/** How long nothing may move before the run is given up, in ms: the longest lease, visibility and backoff are over long before. */
const patience = 300_000

/**
 * Waits until the lanes are empty, redrives what is dead, and again, until nothing is left to do.
 *
 * @returns how many jobs were redriven
 * @throws when nothing moves any more
 */
export async function drain(stack: ChaosStack, progress: (line: string) => void): Promise<number> {
  let redriven = 0
  for (;;) {
    const { jobs } = await quiet(stack, progress)
    if (jobs.dead === 0) return redriven
    progress(`redriving ${jobs.dead} dead letters`)
    const { body } = await apiAt(stack.apiUrl()).post<{ moved: number }>('/dead-letters/redrive', { all: true })
    redriven += body.moved
  }
}

/** Jobs in the lanes, or waiting for a retry; `undefined` while the stack does not answer. */
export async function onTheirWay(stack: ChaosStack): Promise<number | undefined> {
  const stats = await statsOf(stack)
  return stats && waitingIn(stats)
}

async function quiet(stack: ChaosStack, progress: (line: string) => void): Promise<Stats> {
  let movedAt = Date.now()
  for (let last = -1; ; await sleep(1_000)) {
    const stats = await statsOf(stack)
    if (!stats) continue
    const waiting = waitingIn(stats)
    if (waiting === 0 && (await relayIsIdle(stack))) return stats
    if (waiting !== last) {
      progress(`${waiting} on their way, ${stats.jobs.dead} dead`)
      movedAt = Date.now()
      last = waiting
    } else if (Date.now() - movedAt > patience) {
      throw new Error(`${waiting} jobs have not moved for ${patience / 1000} s; the stack's data show where they are`)
    }
  }
}

function waitingIn({ lanes, jobs }: Stats): number {
  return lanes.reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0) + jobs.retrying
}

async function statsOf(stack: ChaosStack): Promise<Stats | undefined> {
  const answer = await apiAt(stack.apiUrl())
    .get<Stats>('/stats')
    .catch(() => undefined)
  return answer?.status === 200 ? answer.body : undefined
}

/** Whether the relay has forwarded everything: it is not invoked any more while we look twice, a good poll apart. */
async function relayIsIdle(stack: ChaosStack): Promise<boolean> {
  const before = await invocations(stack)
  await sleep(1_500)
  return (await invocations(stack)) === before
}

async function invocations(stack: ChaosStack): Promise<number> {
  type Usage = { functions: Record<string, { invocations: number }> }
  const { functions } = await local<Usage>('GET', '/_local/usage', undefined, stack.awsUrl())
  const counted = Object.entries(functions).filter(([name]) => /relay|consume/.test(name))
  return counted.reduce((sum, [, { invocations }]) => sum + invocations, 0)
}
