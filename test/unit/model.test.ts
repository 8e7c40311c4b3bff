/**
 * The promise under everything that can go wrong: callers, relay, consumers, sweeper, reconciler and operators side by side;
 * deaths at every call, lost answers, duplicates, clocks that differ, leases that end, zombies that wake, a stream that forgets.
 * After each command the world's effects are where the drawing of their states says, and no promise is broken.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnArrows } from '../../tools/state-diagram/diagram.ts'
import { commandsOf, type Drawing, follow, reached } from '../harness/model/commands.ts'
import { begin, drain } from '../harness/model/moves.ts'
import { createModel, type JobPlan } from '../harness/model/world.ts'
import { brokenIn } from '../harness/world/promises.ts'
import { withTimersOn } from '../harness/world/timeline.ts'
import { verdictOn } from '../harness/world/verdict.ts'

const trouble = {
  throws: fc.constantFrom(0, 0, 0, 1, 2),
  permanent: fc.constantFrom(false, false, false, true),
}
const delay = fc.constantFrom<{ delay?: number }>({}, {}, {}, {}, { delay: 2 }, { delay: 60 }, { delay: 7_000 })
const unsure = { throws: trouble.throws, notDone: fc.constantFrom(0, 0, 0, 1) }
const plan: fc.Arbitrary<JobPlan> = fc
  .tuple(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constantFrom('plain' as const, 'plain' as const, 'mail' as const),
          ...trouble,
        }),
      },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('unrepeatable' as const), ...unsure }) },
      // Most of one group: an order needs two.
      {
        weight: 4,
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
  commands: fc.commands(commandsOf(plan), { maxCommands: 80, size: 'max', ...(replayPath ? { replayPath } : {}) }),
})

/** What must have been met, or the runs prove nothing. */
const words = (text: string) => text.split(/,\s*/)
const wanted = {
  moves: words(`steps, step, invoke, wait, freeze, accept, relay, trim, sweep, timers, timersTwice, timersLost,
    reconcile, reconcileHour, month, redrive, rollBack, deploy, removeLanes, restoreLanes, putBack, duplicate,
    cancel, replay, changeMind, reuse`),
  mishaps: words(`death-before, death-after, throttled, service-error, request-lost, answer-lost, done-late,
    transaction-conflict, entry refused, delete failed, invocation throttled, delivered twice, moved by SQS, message expired`),
  outcomes: words(
    `succeeded, retrying, postponed, dead, duplicate, busy, fenced, cancelled, unrelayed, unsent, abandoned`,
  ),
}

describe('whatever happens', () => {
  it('every job ends as promised', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ jobs, commands, ...settings }) => {
        const model = createModel(settings)
        const drawing: Drawing = { states: new Map(), followed: 0 }
        await withTimersOn(model.timeline, async () => {
          await begin(model, jobs)
          await fc.asyncModelRun(() => ({ model: drawing, real: model }), commands)
          await drain(model)
        })
        follow(drawing, model)
        expect(brokenIn(verdictOn(model.stack).broken)).toEqual({})
        for (const [kind, times] of [...model.stack.witness.events, ...model.faults.counts])
          reached.set(kind, (reached.get(kind) ?? 0) + times)
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
      const { moves, mishaps, outcomes } = wanted
      expect([...arrows, ...moves, ...mishaps, ...outcomes].filter((what) => !reached.has(what))).toEqual([])
    },
  )
})
