/** Waiting for the end: until everything has succeeded, and what is dead was redriven. */
import { setTimeout as sleep } from 'node:timers/promises'
import { apiAt } from '../../e2e/support/api.ts'
import { local } from '../../e2e/support/aws.ts'
import type { Accepted } from './load.ts'
import type { ChaosStack } from './stack.ts'
import { callbackIdsIn, readTable } from './tables.ts'

interface Stats {
  readonly lanes: readonly { readonly visible: number; readonly inFlight: number; readonly delayed: number }[]
  readonly jobs: { readonly retrying: number; readonly dead: number }
}

/**
 * How long nothing may move, in ms, before what is left is given up: the longest lease, visibility and backoff, and the next
 * sweep, are over long before.
 */
export const patience = 150_000

/**
 * Redrives what is dead as it dies, until all that was accepted has succeeded, or nothing moves any more: then the verdict
 * tells what is left.
 *
 * @returns how many jobs were redriven
 */
export async function drain(stack: ChaosStack, accepted: Accepted, progress: (line: string) => void): Promise<number> {
  let redriven = 0
  let [last, movedAt] = ['', Date.now()]
  while (Date.now() - movedAt < patience) {
    await sleep(1_000)
    const stats = await statsOf(stack)
    if (!stats) continue
    const waiting = waitingIn(stats)
    const { dead } = stats.jobs
    if (dead > 0) redriven += await redrive(stack)
    const quiet = waiting === 0 && dead === 0 && (await relayIsIdle(stack))
    const left = quiet ? await unfinished(stack, accepted) : undefined
    if (left === 0) return redriven
    const seen = `${waiting} on their way, ${dead} dead${left ? `, ${left} of which nothing is seen` : ''}`
    if (seen === last) continue
    progress(seen)
    last = seen
    movedAt = Date.now()
  }
  progress(`nothing has moved for ${patience / 1000} s`)
  return redriven
}

/** Jobs in the lanes, or waiting for a retry; `undefined` while the stack does not answer. */
export async function onTheirWay(stack: ChaosStack): Promise<number | undefined> {
  const stats = await statsOf(stack)
  return stats && waitingIn(stats)
}

async function redrive(stack: ChaosStack): Promise<number> {
  const { body } = await apiAt(stack.apiUrl()).post<{ moved?: number }>('/dead-letters/redrive', { all: true })
  return body.moved ?? 0
}

/** Jobs that were accepted and have not succeeded, and batches whose callback has not, as the table has it. */
export async function unfinished(stack: ChaosStack, { jobs, batches }: Accepted): Promise<number> {
  const effects = await readTable(stack.awsUrl(), 'effects')
  const succeeded = new Set(effects.flatMap(({ pk, state }) => (state === 'succeeded' ? [pk] : [])))
  const callbacks = callbackIdsIn(effects)
  const left = (ids: ReadonlySet<unknown>) => [...ids].filter((id) => !succeeded.has(id)).length
  // The stack itself says how many batches there are: each that was accepted is there.
  return left(jobs) + left(callbacks) + Math.max(0, batches.size - callbacks.size)
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
