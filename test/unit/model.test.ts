/**
 * The promise under everything that can go wrong: several consumers, duplicates, deaths at every call, lost answers,
 * leases that end, zombies that wake, redrives by the API and in the console, cancellation.
 */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Effect } from '../../shared/effect.ts'
import type { Envelope } from '../../shared/outbox-item.ts'
import { createWorld, type JobPlan, type World } from '../support/world.ts'
import { disturb, drain } from '../support/world-moves.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const trouble = { throws: fc.constantFrom(0, 0, 0, 1, 2), permanent: fc.constantFrom(false, false, false, true) }
const jobs: fc.Arbitrary<JobPlan[]> = fc
  .array(
    fc.oneof(
      fc.record({ type: fc.constant('work' as const), ...trouble }),
      fc.record({ type: fc.constant('parked' as const) }),
      fc.record({ type: fc.constant('step' as const), group: fc.constantFrom('a', 'b'), ...trouble }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((plans) => plans.map((plan, i) => ({ ...plan, label: String(i) })))

const scenario = fc.record({
  jobs,
  maxReceiveCount: fc.constantFrom(50, 50, 3),
  seed: fc.nat(),
  decisions: fc.array(fc.nat(9_999), { maxLength: 150, size: 'max' }),
})

/** `MODEL_SEED=… MODEL_RUNS=…` repeat a run or make it longer; a failure prints its seed and what it shrank to. */
const chosen = {
  ...(process.env.MODEL_RUNS ? { numRuns: Number(process.env.MODEL_RUNS), interruptAfterTimeLimit: 3_600_000 } : {}),
  ...(process.env.MODEL_SEED ? { seed: Number(process.env.MODEL_SEED) } : {}),
}

describe('whatever happens', () => {
  it('every job ends as promised', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ jobs, decisions, ...settings }) => {
        const world = await createWorld(jobs, settings)
        for (const decision of decisions) await disturb(world, decision)
        await drain(world)
        for (const [i, job] of world.jobs.entries()) await checkJob(world, job, jobs[i] as JobPlan)
        await checkOrder(world)
        expect(world.overlaps, 'no attempt begins before the lease of the one before is over').toEqual([])
        for (const { failure } of world.processes) expect(String(failure ?? '')).not.toMatch(/TypeError|Validation/)
        vi.clearAllTimers()
      }),
      { numRuns: 2_000, interruptAfterTimeLimit: 40_000, ...chosen },
    )
  })
})

async function checkJob(world: World, job: Envelope, plan: JobPlan): Promise<void> {
  const effect = await world.effect(job.id)
  const { count = 0 } = await world.counter(job.id)
  const runs = world.runs.filter(({ jobId }) => jobId === job.id)
  const seen = { job: plan, effect, count, runs: runs.length, letters: world.letters(job) }
  checkEnd(world, job, effect, seen)
  expect(count, show('committed once if succeeded, else never', seen)).toBe(effect?.state === 'succeeded' ? 1 : 0)
  if (effect?.state === 'cancelled') expect(runs, show('a cancelled job never ran', seen)).toEqual([])
  const attempts = new Set(runs.map(({ attempt }) => attempt))
  expect(attempts.size, show('each run is an attempt of its own', seen)).toBe(runs.length)
  expect(effect?.attempts ?? 0, show('attempts count when they start', seen)).toBeGreaterThanOrEqual(runs.length)
  expect(effect?.budget ?? 0, show('no attempt beyond the budget', seen)).toBeGreaterThanOrEqual(effect?.attempts ?? 0)
  if (plan.type === 'parked') {
    expect(runs.length, show('parked: once in each life', seen)).toBeLessThanOrEqual(1 + (effect?.deaths ?? 0))
  }
}

/** An end that is final, or a letter that can bring the job back. */
function checkEnd(world: World, job: Envelope, effect: Effect | undefined, seen: object): void {
  if (effect?.state === 'succeeded' || effect?.state === 'cancelled') return
  const letters = world.letters(job)
  expect(letters.length, show('what has not ended has a letter', seen)).toBeGreaterThan(0)
  if (effect?.state === 'dead') {
    const latest = letters.some(({ deaths }) => deaths === effect.deaths)
    expect(latest, show('the letter tells of the latest death', seen)).toBe(true)
  }
}

/** Of jobs that never left their lane, the effects stand in the order in which the jobs were accepted. */
async function checkOrder(world: World): Promise<void> {
  for (const group of ['a', 'b']) {
    const { labels = [] } = await world.counter(group)
    const steady: string[] = []
    for (const label of labels) {
      const job = world.jobs[Number(label)] as Envelope
      if ((await world.effect(job.id))?.deaths === 0 && !world.moved.has(job.id)) steady.push(label)
    }
    expect(steady, 'order of a group').toEqual([...steady].sort())
  }
}

function show(what: string, seen: object): string {
  return `${what}: ${JSON.stringify(seen)}`
}
