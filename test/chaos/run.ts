/** One chaos run: load, faults and deaths at the same time; then quiet, redrive, and the verdict. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StackProcess } from '../../console/run-stack.ts'
import { apiAt } from '../e2e/support/api.ts'
import { local } from '../e2e/support/aws.ts'
import type { OwnStack } from '../e2e/support/own-stack.ts'
import { faultRules } from './faults.ts'
import { type Kills, killFunctions } from './killer.ts'
import { type Accepted, load } from './load.ts'
import { type Verdict, verdictOn } from './verdict.ts'

export interface ChaosSettings {
  readonly jobs: number
  /** How often the whole stack is killed and started again. */
  readonly stackKills: number
  readonly seed: number
  readonly progress: (line: string) => void
}

export interface ChaosReport extends Verdict {
  readonly accepted: number
  readonly redriven: number
  readonly kills: Kills
  /** Faults by name. Those before a kill of the stack are not counted any more. */
  readonly faults: Readonly<Record<string, number>>
}

interface Stats {
  readonly lanes: readonly { visible: number; inFlight: number; delayed: number; dead: number }[]
  readonly jobs: { readonly retrying: number; readonly dead: number }
}

export async function runChaos(
  own: OwnStack,
  { jobs, stackKills, seed, progress }: ChaosSettings,
): Promise<ChaosReport> {
  const random = seeded(seed)
  const accepted: Accepted = { probes: [], orders: [] }
  const kills: Kills = { functions: 0, stacks: 0 }
  let stack = await startWithFaults(own)
  const loading = load({ jobs, run: `c${seed}`, url: () => stack.apiUrl, random, accepted })
  const done = new AbortController()
  const killing = killFunctions(() => stack.awsUrl, random, kills, done.signal)
  for (let n = 1; n <= stackKills; n++) {
    await reached(accepted, (jobs * n) / (stackKills + 1), loading)
    progress(`${count(accepted)} accepted; kill -9 of the whole stack`)
    await stack.kill()
    kills.stacks++
    stack = await startWithFaults(own)
  }
  await loading
  progress(`${count(accepted)} accepted; faults go on until half of them are done`)
  await quiet(stack, progress, (waiting) => waiting < jobs / 2)
  done.abort()
  await killing
  const { played } = await local<{ played: Record<string, number> }>('GET', '/_local/faults', undefined, stack.awsUrl)
  await local('DELETE', '/_localstack/chaos/faults', undefined, stack.awsUrl)
  await local('POST', '/_localstack/chaos/effects', { latency: 0 }, stack.awsUrl)
  const redriven = await drain(stack, progress)
  return { accepted: count(accepted), redriven, kills, faults: played, ...(await verdictOn(accepted, stack.awsUrl)) }
}

async function startWithFaults(own: OwnStack): Promise<StackProcess> {
  const stack = await own.start()
  await local('POST', '/_localstack/chaos/faults', faultRules, stack.awsUrl)
  await local('POST', '/_localstack/chaos/effects', { latency: 3 }, stack.awsUrl)
  return stack
}

const count = ({ probes, orders }: Accepted) => probes.length + orders.length

async function reached(accepted: Accepted, wanted: number, loading: Promise<void>): Promise<void> {
  let loaded = false
  void loading.then(() => {
    loaded = true
  })
  while (count(accepted) < wanted && !loaded) await sleep(50)
}

/** Waits until the lanes are empty, brings back what is dead, and again, until nothing is left to do. */
async function drain(stack: StackProcess, progress: (line: string) => void): Promise<number> {
  let redriven = 0
  for (;;) {
    const { jobs } = await quiet(stack, progress, (waiting) => waiting === 0)
    if (jobs.dead === 0) return redriven
    progress(`redriving ${jobs.dead} dead letters`)
    const { body } = await apiAt(stack.apiUrl).post<{ moved: number }>('/dead-letters/redrive', { all: true })
    redriven += body.moved
  }
}

/** Waits until few enough jobs wait in the lanes or for a retry. */
async function quiet(
  stack: StackProcess,
  progress: (line: string) => void,
  enough: (waiting: number) => boolean,
): Promise<Stats> {
  for (let said = ''; ; await sleep(250)) {
    const stats = await statsOf(stack)
    if (!stats) continue
    const waiting =
      stats.lanes.reduce((sum, lane) => sum + lane.visible + lane.inFlight + lane.delayed, 0) + stats.jobs.retrying
    const relayed = waiting > 0 || (await relayIsIdle(stack))
    if (relayed && enough(waiting)) return stats
    const line = `${waiting} on their way, ${stats.jobs.dead} dead`
    if (line !== said) progress(line)
    said = line
  }
}

async function statsOf(stack: StackProcess): Promise<Stats | undefined> {
  const answer = await apiAt(stack.apiUrl)
    .get<Stats>('/stats')
    .catch(() => undefined)
  return answer?.status === 200 ? answer.body : undefined
}

/** Whether the relay has forwarded everything: it is not invoked any more while we look twice, a good poll apart. */
async function relayIsIdle(stack: StackProcess): Promise<boolean> {
  const before = await invocations(stack)
  await sleep(1_500)
  return (await invocations(stack)) === before
}

async function invocations(stack: StackProcess): Promise<number> {
  const { functions } = await local<{ functions: Record<string, { invocations: number }> }>(
    'GET',
    '/_local/usage',
    undefined,
    stack.awsUrl,
  )
  return Object.entries(functions).reduce(
    (sum, [name, { invocations }]) => sum + (/relay|consume/.test(name) ? invocations : 0),
    0,
  )
}

/** Mulberry32: small, and the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
