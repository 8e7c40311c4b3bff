/**
 * The promise under everything that can go wrong: callers, relay, consumers, sweeper, reconciler and operators side by side;
 * deaths at every call, lost answers, duplicates, clocks that differ, leases that end, zombies that wake, a stream that forgets.
 * After each command the world's effects are where the drawing of their states says, and no promise is broken.
 */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Effect } from '../../shared/execution/effect.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { drawnArrows } from '../../tools/state-diagram/diagram.ts'
import type { Payload } from '../support/app.ts'
import { type Judged, outOfOrder } from '../support/order.ts'
import { createWorld, type World } from '../support/world.ts'
import type { JobPlan } from '../support/world-base.ts'
import { follow, reached, worldCommands } from '../support/world-commands.ts'
import { drain } from '../support/world-moves.ts'
import { isUnsendable } from '../support/world-witness.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const trouble = {
  throws: fc.constantFrom(0, 0, 0, 1, 2),
  permanent: fc.constantFrom(false, false, false, true),
}
const delay = fc.constantFrom<{ delay?: number }>({}, {}, {}, {}, { delay: 2 }, { delay: 60 }, { delay: 7_000 })
const plan: fc.Arbitrary<JobPlan> = fc
  .tuple(
    fc.oneof(
      { weight: 2, arbitrary: fc.record({ type: fc.constant('work' as const), ...trouble }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('unrepeatable' as const), throws: trouble.throws }) },
      // Most of one group: an order needs two.
      {
        weight: 3,
        arbitrary: fc.record({ type: fc.constant('step' as const), group: fc.constantFrom('a', 'a', 'b'), ...trouble }),
      },
    ),
    delay,
  )
  .map(([job, time]) => ({ ...job, ...time }))

/** A failure prints its seed, path and replay path; `MODEL_SEED=… MODEL_PATH=… MODEL_REPLAY=…` repeat it, `MODEL_RUNS=…` runs longer, as the project `long` does. */
const { MODEL_SEED: seed, MODEL_PATH: path, MODEL_REPLAY: replayPath, MODEL_RUNS: runs } = process.env
const numRuns = Number(runs ?? 250)
/** So many runs meet everything that can happen. */
const MEETS_ALL = 1_000
const chosen = {
  numRuns,
  ...(seed ? { seed: Number(seed) } : {}),
  ...(path ? { path } : {}),
}
const scenario = fc.record({
  jobs: fc.array(plan, { minLength: 1, maxLength: 4 }),
  maxReceiveCount: fc.constantFrom(50, 50, 3),
  seed: fc.nat(),
  commands: fc.commands(worldCommands(plan), { maxCommands: 80, size: 'max', ...(replayPath ? { replayPath } : {}) }),
})

describe('whatever happens', () => {
  it('every job ends as promised', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ jobs, commands, ...settings }) => {
        const world = await createWorld(jobs, settings)
        const model = { states: new Map<string, string>(), followed: 0 }
        await fc.asyncModelRun(() => ({ model, real: world }), commands)
        await drain(world)
        follow(model, world)
        for (const [kind, times] of world.witness.events) reached.set(kind, (reached.get(kind) ?? 0) + times)
        for (const job of world.jobs) await checkJob(world, job)
        for (const id of world.witness.accepted) expect(world.jobs.some((job) => job.id === id)).toBe(true)
        await checkOrder(world)
        for (const { failure } of world.processes) expect(String(failure ?? '')).not.toMatch(/TypeError|Validation/)
        vi.clearAllTimers()
      }),
      chosen,
    )
  })

  it.runIf(!path && numRuns >= MEETS_ALL)(
    'and everything that can happen did: each arrow, each mishap, each move',
    () => {
      // What a former life left has many forms, each rare; state-diagram.test.ts tries them all.
      const arrows = drawnArrows()
        .filter(({ guard }) => !guard.startsWith('of a former life'))
        .map(({ from, to }) => `${from} --> ${to}`)
      const moves = [
        'steps',
        'step',
        'invoke',
        'wait',
        'freeze',
        'accept',
        'relay',
        'trim',
        'sweep',
        'timers',
        'timersTwice',
        'timersLost',
        'reconcile',
        'reconcileHour',
        'month',
        'redrive',
        'rollBack',
        'deploy',
        'removeLanes',
        'restoreLanes',
      ]
      const mishaps = [
        'dieBefore',
        'dieAfter',
        'failed',
        'lost',
        'putBack',
        'duplicate',
        'cancel',
        'replay',
        'changeMind',
        'reuse',
      ]
      const outcomes = [
        'succeeded',
        'retrying',
        'postponed',
        'dead',
        'duplicate',
        'busy',
        'fenced',
        'cancelled',
        'unrelayed',
        'unsent',
        'abandoned',
      ]
      const wanted = [...new Set([...arrows, ...moves, ...mishaps, ...outcomes])]
      expect(wanted.filter((what) => !reached.has(what))).toEqual([])
    },
  )
})

async function checkJob(world: World, job: Envelope): Promise<void> {
  const effect = await world.effect(job.id)
  const { count = 0 } = await world.counter(job.id)
  const runs = world.witness.runs.filter(({ jobId }) => jobId === job.id)
  const seen = { job, effect, count, runs: runs.length, deadLetters: world.deadLetters(job) }
  checkEnd(effect, seen, world.witness.excused.has(job.id))
  expect(count, show('committed once if succeeded, else never', seen)).toBe(effect?.state === 'succeeded' ? 1 : 0)
  expect(effect?.attempts ?? 0, show('attempts count when they start', seen)).toBeGreaterThanOrEqual(runs.length)
  const givenBack = world.witness.givenBack.get(job.id) ?? 0
  expect(runs.length, show('two attempts in each life', seen)).toBeLessThanOrEqual(
    2 + 2 * (effect?.deaths ?? 0) + givenBack,
  )
  if (job.type === 'unrepeatable') {
    expect(runs.length, show('unrepeatable: once in each life', seen)).toBeLessThanOrEqual(1 + (effect?.deaths ?? 0))
  }
}

/** An end that is final, or the dead letter that can bring the job back; of a job that could not be sent there is none. */
function checkEnd(
  effect: Effect | undefined,
  seen: { readonly deadLetters: readonly { deaths?: number }[] },
  isExcused: boolean,
): void {
  expect(['succeeded', 'cancelled', 'dead'], show('it has ended', seen)).toContain(effect?.state)
  // A dead letter that was put back into the lane may have been among the messages that the world took away.
  if (effect?.state !== 'dead' || isUnsendable(effect) || isExcused) return
  // SQS may have moved the message itself, before the dead letter was sent.
  const latest = seen.deadLetters.some(({ deaths }) => deaths === effect.deaths || (!deaths && !effect.deadLetterAt))
  expect(latest, show('the dead letter tells of the latest death', seen)).toBe(true)
}

/** Of jobs that never left their lane, the effects stand in the order of their run times, then of their writing. */
async function checkOrder(world: World): Promise<void> {
  for (const group of ['a', 'b']) {
    const { labels = [] } = await world.counter(group)
    const ran: Judged[] = []
    for (const label of labels) {
      const place = world.jobs.findIndex(({ payload }) => (payload as Payload).label === label)
      const job = world.jobs[place]
      if (!job || (await world.effect(job.id))?.deaths !== 0 || world.witness.outOfTurn.has(job.id)) continue
      ran.push({ ...job, place, writtenAt: world.writtenAt.get(job.id) ?? 0 })
    }
    expect(outOfOrder(ran), 'order of a group').toEqual([])
  }
}

function show(what: string, seen: object): string {
  return `${what}: ${JSON.stringify(seen)}`
}
