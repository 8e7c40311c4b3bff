/** One chaos run: load, faults and deaths at the same time; then quiet, redrive, and the verdict. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnStack } from '../../e2e/support/own-stack.ts'
import { seeded } from '../../support/random.ts'
import { drain, onTheirWay, patience, unfinished } from './drain.ts'
import { everydayFaults } from './faults.ts'
import { certainPoints, killRules } from './kill-points.ts'
import { killOnTheWay } from './killer.ts'
import { type Accepted, load, nothingAccepted } from './load.ts'
import { type Phases, type Stopwatch, stopwatch } from './phases.ts'
import type { ChaosSettings } from './settings.ts'
import { type ChaosStack, type Counts, startChaosStack } from './stack.ts'
import { forget, waitIsOver } from './time.ts'
import { type Verdict, verdictOn } from './verdict.ts'

export interface ChaosReport extends Verdict {
  readonly jobs: number
  readonly orders: number
  readonly redriven: number
  /** Everything that was done to the stack, by name. */
  readonly faults: Counts
  /** What the functions counted, by metric; at least so many. */
  readonly events: Counts
  readonly phases: Phases
}

/** ms added to each call of an AWS service. */
const latency = 3

const forgottenByStream = 'jobs that the stream forgot before the relay read them'

export async function runChaos(own: OwnStack, settings: ChaosSettings): Promise<ChaosReport> {
  const { jobs, killsPerPoint, long, progress } = settings
  const { time, phases } = stopwatch()
  const accepted = nothingAccepted()
  const rules = [...killRules(jobs, killsPerPoint, long), ...everydayFaults]
  const stack = await time('start', () => startChaosStack(own, rules, latency))
  const deaths = await underFire(stack, settings, accepted, time)
  await stack.calm()
  progress('no more faults')
  settings.onCalm?.()
  if (long) await waitIsOver(stack, accepted)
  let redriven = await time('drain, redrive', () => drain(stack, accepted, progress))
  if (long) {
    progress('the stream forgets')
    await forget(stack, accepted)
    redriven += await time('reconcile', () => drain(stack, accepted, progress))
  }
  await stack.note()
  const verdict = await time('verdict', () => verdictOn(accepted, stack.awsUrl()))
  return {
    jobs: accepted.jobs.size,
    orders: accepted.orders.length,
    redriven,
    faults: { ...stack.faults(), ...deaths, ...(long ? { [forgottenByStream]: accepted.forgotten.size } : {}) },
    events: stack.events(),
    phases: phases(),
    ...verdict,
  }
}

/** Load, and all that kills, until half of what was accepted is done. @returns what was killed, how often, by name */
async function underFire(
  stack: ChaosStack,
  settings: ChaosSettings,
  accepted: Accepted,
  time: Stopwatch['time'],
): Promise<Counts> {
  const { jobs, seed, long, progress } = settings
  const random = seeded(seed)
  const over = new AbortController()
  let done = 0
  const course = () => Math.min(1, (accepted.jobs.size + done) / (1.5 * jobs))
  const watching = watch(stack, settings, accepted, over.signal, (seen) => {
    done = seen
  })
  const killing = killOnTheWay(stack, settings, random, course)
  try {
    await time('load, kills', () => load({ jobs, run: `c${seed}`, url: stack.apiUrl, random, accepted, long }))
    progress(`all ${accepted.jobs.size} accepted; faults go on until half of them are done`)
    return await time('kills until half is done', async () => {
      await untilHalfIsDone(stack, accepted, long, () => done)
      return killing
    })
  } finally {
    over.abort()
    await watching
  }
}

/**
 * In a short run also until a process has died at every point, which in a long one is as good as certain by then. Or until all
 * is done but what waits, or nothing moves: then the rest is for the verdict.
 */
async function untilHalfIsDone(
  stack: ChaosStack,
  { jobs, waiting }: Accepted,
  long: boolean,
  done: () => number,
): Promise<void> {
  const allMet = () => long || certainPoints.every((point) => stack.faults()[point])
  const most = jobs.size - waiting.size
  let [last, movedAt] = [done(), Date.now()]
  while (last < most && !(last >= jobs.size / 2 && allMet()) && Date.now() - movedAt < patience) {
    await sleep(200)
    if (done() !== last) movedAt = Date.now()
    last = done()
  }
}

/**
 * Looks how far it is, says so, and notes what a death of the stack would lose.
 * @param see is told how many have succeeded, at least: what a process has counted dies with it
 */
async function watch(
  stack: ChaosStack,
  { progress }: ChaosSettings,
  accepted: Accepted,
  signal: AbortSignal,
  see: (done: number) => void,
): Promise<void> {
  for (let n = 1; !signal.aborted; n++) {
    await sleep(2_000, undefined, { signal }).catch(() => {})
    await stack.note().catch(() => {})
    const { succeeded = 0 } = stack.events()
    // Once nothing seems to be on its way, the table is worth asking. One that does not answer is asked again.
    const left = (await onTheirWay(stack)) === 0 ? await unfinished(stack, accepted).catch(() => undefined) : undefined
    see(left === undefined ? succeeded : accepted.jobs.size - left)
    if (n % 5 === 0) progress(`${accepted.jobs.size} accepted, at least ${succeeded} succeeded`)
  }
}
