/**
 * The promise under everything that can go wrong: callers, relay, consumers, sweeper, reconciler and operators side by side;
 * deaths at every call, lost answers, duplicates, clocks that differ, leases that end, zombies that wake, a stream that forgets.
 * After each command the world's effects are where the drawing of their states says, and no promise is broken.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnArrows } from '../../tools/state-diagram/diagram.ts'
import { reached } from '../harness/model/commands.ts'
import { play, scenarios } from '../harness/model/scenario.ts'

/**
 * The same histories each time, so that only a change of the code makes them fail. `MODEL_SEED=…` plays others, `MODEL_RUNS=…`
 * more, as the project `long` does. A failure prints its seed, path and replay path: `MODEL_PATH=… MODEL_REPLAY=…` repeat it.
 */
const { MODEL_SEED: seed = '1', MODEL_PATH: path, MODEL_REPLAY: replayPath, MODEL_RUNS: runs } = process.env
const numRuns = Number(runs ?? 250)
/** So many runs meet everything that can happen. */
const MEETS_ALL = 1_000
const chosen = {
  numRuns,
  seed: Number(seed),
  ...(path ? { path } : {}),
}

const words = (text: string) => text.split(/,\s*/)
/** What must have been met, or the runs prove nothing. */
const wanted = {
  moves:
    words(`steps, step, invoke, invokeSlow, wait, freeze, freezeAtCommit, accept, relay, trim, sweep, timers, timersTwice, timersLost,
    reconcile, reconcileHour, month, redrive, rollBack, deploy, removeLanes, restoreLanes, putBack, duplicate,
    cancel, replay, edit, editAtOnce, changeMind, reuse, acceptAtCommit, sweepAtRelease`),
  mishaps: words(`call:death-before, call:death-after, call:throttled, call:service-error, call:request-lost,
    call:answer-lost, call:done-late, call:transaction-conflict, tooMany, entry refused, delete failed, invocation throttled, delivered twice, moved by SQS, message expired`),
  outcomes: words(
    'succeeded, retrying, postponed, dead, duplicate, busy, limited, fenced, cancelled, unrelayed, unsent, abandoned, merged, put off',
  ),
}

describe('whatever happens', () => {
  it('every job ends as promised', { timeout: 3_600_000 }, async () => {
    const property = fc.asyncProperty(scenarios(replayPath), async (scenario) => {
      expect(await play(scenario)).toEqual({})
    })
    await fc.assert(property, chosen)
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
