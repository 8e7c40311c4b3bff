/** A scenario of the model: jobs, what happens to them, and the judgment in the end. */
import fc from 'fast-check'
import { type Broken, brokenIn } from '../world/promises.ts'
import { withTimersOn } from '../world/timeline.ts'
import { verdictOn } from '../world/verdict.ts'
import { type Command, commandsOf, type Drawing, follow, note } from './commands.ts'
import { begin, drain } from './moves.ts'
import { createModel, type JobPlan, type ModelSettings } from './world.ts'

export interface Scenario extends ModelSettings {
  readonly jobs: readonly JobPlan[]
  readonly commands: Iterable<Command>
}

const throws = fc.constantFrom(0, 0, 0, 1, 2)
const permanent = fc.constantFrom(false, false, false, true)
const notDone = fc.constantFrom(0, 0, 0, 1)
const delay = fc.constantFrom<{ delay?: number }>({}, {}, {}, {}, { delay: 2 }, { delay: 60 }, { delay: 7_000 })
const repeatable = fc.constantFrom<JobPlan['type']>('plain', 'plain', 'mail')
const unrepeatable = fc.constant<JobPlan['type']>('unrepeatable')
const unique = fc.constantFrom<JobPlan['type']>('once', 'sole', 'sole', 'calm', 'calm')
const keys = fc.constantFrom('k', 'k', 'l')
const asks = fc.constantFrom<{ asks?: string }>({}, {}, { asks: 'k' })
const step = fc.constant<JobPlan['type']>('step')
const limited = (type: 'limited' | 'paced') => fc.record({ type: fc.constant(type), throws, permanent })
const many = { minLength: 4, maxLength: 6 }

const plan: fc.Arbitrary<JobPlan> = fc
  .tuple(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.record({ type: repeatable, throws, permanent }), asks)
          .map(([job, more]) => ({ ...job, ...more })),
      },
      { weight: 4, arbitrary: fc.record({ type: unique, key: keys, throws, permanent }) },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constant<JobPlan['type']>('once'), key: keys, order: fc.constant(true) }),
      },
      { weight: 2, arbitrary: fc.record({ type: unrepeatable, throws, notDone }) },
      { weight: 1, arbitrary: fc.oneof(limited('limited'), limited('paced')) },
      // Most of one group: an order needs two.
      { weight: 4, arbitrary: fc.record({ type: step, group: fc.constantFrom('a', 'a', 'b'), throws, permanent }) },
    ),
    delay,
  )
  .map(([job, time]) => ({ ...job, ...time }))

/** Mostly any jobs. At times more of one limited type than may start in a window, so that some of them wait. */
const jobs: fc.Arbitrary<JobPlan[]> = fc.oneof(
  { weight: 5, arbitrary: fc.array(plan, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.oneof(fc.array(limited('limited'), many), fc.array(limited('paced'), many)) },
)

/** @param replayPath as fast-check printed it, to repeat a failure */
export function scenarios(replayPath?: string): fc.Arbitrary<Scenario> {
  return fc.record({
    jobs,
    maxReceiveCount: fc.constantFrom(50, 50, 3),
    seed: fc.nat(),
    commands: fc.commands(commandsOf(plan), { maxCommands: 80, size: 'max', ...(replayPath ? { replayPath } : {}) }),
  })
}

/**
 * Plays a scenario to its end.
 *
 * @returns the promises that were broken in the end
 * @throws Error at the first command that breaks one
 */
export async function play({ jobs, commands, ...settings }: Scenario): Promise<Partial<Broken>> {
  const model = createModel(settings)
  const drawing: Drawing = { states: new Map(), followed: 0 }
  await withTimersOn(model.timeline, async () => {
    await begin(model, jobs)
    await fc.asyncModelRun(() => ({ model: drawing, real: model }), commands)
    await drain(model)
  })
  follow(drawing, model)
  for (const [kind, times] of [...model.stack.witness.events, ...model.faults.counts]) note(kind, times)
  return brokenIn(verdictOn(model.stack).broken)
}
