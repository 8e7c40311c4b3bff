/** One chaos run: load, faults and deaths at the same time; then quiet, redrive, and the verdict. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnStack } from '../e2e/support/own-stack.ts'
import { seeded } from '../support/random.ts'
import { drain, onTheirWay } from './drain.ts'
import { everydayFaults } from './faults.ts'
import { killAtDelete, killRules } from './kill-points.ts'
import { killFunctions } from './killer.ts'
import { type Accepted, load, nothingAccepted } from './load.ts'
import { type ChaosStack, type Counts, startChaosStack } from './stack.ts'
import { type Verdict, verdictOn } from './verdict.ts'

export interface ChaosSettings {
  readonly jobs: number
  readonly seed: number
  /** How often a process is killed before, and how often after, each point of a job's life. */
  readonly killsPerPoint: number
  /** Between two kills of a random function, on average, ms; none if absent. */
  readonly randomKillEveryMs?: number
  /** How often the whole stack is killed and started again. */
  readonly stackKills: number
  /** How often an engine is killed, DynamoDB Local and the SQS engine in turn. */
  readonly engineKills: number
  /** Whether kills are spread over the run and some jobs fail until they are dead: that takes its time. */
  readonly long: boolean
  readonly progress: (line: string) => void
}

export interface ChaosReport extends Verdict {
  readonly jobs: number
  readonly orders: number
  readonly redriven: number
  /** Everything that was done to the stack, by name. */
  readonly faults: Counts
  /** What the functions counted, by metric; at least so many. */
  readonly events: Counts
}

/** ms added to each call of an AWS service. */
const latency = 3

export async function runChaos(own: OwnStack, settings: ChaosSettings): Promise<ChaosReport> {
  const { jobs, seed, killsPerPoint, progress } = settings
  const random = seeded(seed)
  const accepted = nothingAccepted()
  const stack = await startChaosStack(
    own,
    [...killRules(jobs, killsPerPoint, settings.long), ...everydayFaults],
    latency,
  )
  const over = new AbortController()
  const watching = watch(stack, accepted, progress, over.signal)
  const killing =
    settings.randomKillEveryMs === undefined ? 0 : killFunctions(stack, random, settings.randomKillEveryMs, over.signal)
  const loading = load({ jobs, run: `c${seed}`, url: stack.apiUrl, random, accepted, doomed: settings.long })
  const deaths = await killWhileLoading(stack, settings, accepted, loading)
  await loading
  progress(`all ${accepted.jobs.size} accepted; faults go on until half of them are done`)
  while (((await onTheirWay(stack)) ?? jobs) > jobs / 2) await sleep(1_000)
  over.abort()
  const killed = await killing
  await watching
  await stack.calm()
  progress('no more faults')
  const redriven = await drain(stack, progress)
  await stack.note()
  const faults = { ...stack.faults(), ...deaths, ...(killed > 0 ? { 'kill -9 at random: a function': killed } : {}) }
  const verdict = await verdictOn(accepted, stack.awsUrl())
  return {
    jobs: accepted.jobs.size,
    orders: accepted.orders.length,
    redriven,
    faults,
    events: stack.events(),
    ...verdict,
  }
}

/** Kills engines and the whole stack, evenly over the load. @returns how often, by name */
async function killWhileLoading(
  stack: ChaosStack,
  { jobs, stackKills, engineKills, progress }: ChaosSettings,
  accepted: Accepted,
  loading: Promise<void>,
): Promise<Counts> {
  const engines = Array.from({ length: engineKills }, (_, n) => ({
    at: (n + 0.5) / engineKills,
    kill: () => killEngine(stack, n),
  }))
  const stacks = Array.from({ length: stackKills }, (_, n) => ({
    at: (n + 1) / (stackKills + 1),
    kill: () => killStack(stack, n),
  }))
  const deaths: Record<string, number> = {}
  for (const { at, kill } of [...engines, ...stacks].sort((a, b) => a.at - b.at)) {
    await reached(accepted, jobs * at, loading)
    const name = await kill()
    deaths[name] = (deaths[name] ?? 0) + 1
    progress(name)
  }
  return deaths
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

async function reached({ jobs }: Accepted, wanted: number, loading: Promise<void>): Promise<void> {
  let loaded = false
  void loading.then(() => {
    loaded = true
  })
  while (jobs.size < wanted && !loaded) await sleep(50)
}

/** Says how far it is, and notes what a death of the stack would lose. */
async function watch(
  stack: ChaosStack,
  accepted: Accepted,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 1; !signal.aborted; n++) {
    await sleep(1_000, undefined, { signal }).catch(() => {})
    await stack.note().catch(() => {})
    if (n % 10 === 0) progress(`${accepted.jobs.size} accepted, ${stack.events().succeeded ?? 0} succeeded`)
  }
}
