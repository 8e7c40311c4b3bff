/**
 * The whole pipeline in virtual time, the same short run each time; `npx node test/harness/simulation/main.ts` is the long one.
 * `SIMULATION_SEED=…` is another run, `SIMULATION_JOBS=…` a longer one, as in the project `long`.
 */
import { expect, it } from 'vitest'
import { simulate } from '../harness/simulation/simulate.ts'
import { brokenIn } from '../harness/world/promises.ts'

const seed = Number(process.env.SIMULATION_SEED ?? 7)
const jobs = Number(process.env.SIMULATION_JOBS ?? 1_000)
/** So many jobs meet everything that is wanted. */
const MEETS_ALL = 4_000

/** What must have been met, or the run proves nothing. */
const wanted = {
  faults: ['throttled', 'service error', 'request lost', 'answer lost', 'done late', 'transaction conflict', 'frozen'],
  deaths: ['death before', 'death after'],
  queues: ['entry refused', 'delivered twice', 'delete failed', 'put back by hand', 'record trimmed', 'lost alone'],
  events: ['succeeded', 'retrying', 'dead', 'duplicate', 'busy', 'unrelayed', 'merged', 'put off'],
}

it(`thousands of jobs, and every promise is kept (seed ${seed})`, { timeout: 300_000 }, async () => {
  const report = await simulate(seed, jobs)
  expect(brokenIn(report.broken)).toEqual({})
  expect(report.accepted).toBeGreaterThan(jobs)
  if (jobs < MEETS_ALL) return
  const { faults, deaths, queues, events } = wanted
  const never = [...faults, ...deaths, ...queues].filter((fault) => !report.faults.get(fault))
  expect([...never, ...events.filter((event) => !report.events.get(event))], 'what was never met').toEqual([])
})

it.runIf(jobs >= MEETS_ALL)(
  'the same seed is the same run, call by call; another is another',
  { timeout: 300_000 },
  async () => {
    const [first, again, other] = [await simulate(seed, 100), await simulate(seed, 100), await simulate(seed + 1, 100)]
    expect(again).toEqual(first)
    expect(other.fingerprint).not.toBe(first.fingerprint)
  },
)
