/** What can happen next in a world. A decision is a number; 0 is always the most ordinary thing, so that failures shrink to it. */
import type { Fate, Process } from './processes.ts'
import type { World } from './world.ts'

type Move = () => Promise<void> | void

/** Takes one step, chosen among all that can happen. */
export async function disturb(world: World, decision: number): Promise<void> {
  const ways = kinds[decision % kinds.length]?.(world) ?? []
  await ways[Math.floor(decision / kinds.length) % ways.length]?.()
}

/** Lets everything end in an ordinary way: no more mishaps, everyone alive goes on, hidden messages come back. */
export async function drain(world: World): Promise<void> {
  for (let steps = 0; steps < 2_000; steps++) {
    const [move] = ordinary(world)
    if (!move) return
    await move()
  }
  throw new Error('the world does not come to rest: some message goes round for ever')
}

/** What happens without any mishap, most urgent first; nothing once all is at rest. */
function ordinary(world: World): Move[] {
  const steps = pending(world).map(
    ({ process, index }) =>
      () =>
        process.step(index, 'done'),
  )
  const lanes = [...world.lanes]
  const ready = lanes.filter(([, { queue }]) => queue.isReady)
  const invocations = ready.map(
    ([name]) =>
      () =>
        world.invoke(name),
  )
  const now = world.clock.now().getTime()
  const returns = lanes
    .flatMap(([, { queue }]) => queue.messages.map(({ visibleAt }) => visibleAt))
    .filter((at) => at > now)
  const wait = returns.length > 0 ? [() => world.advance(Math.min(...returns) - now)] : []
  return [...steps, ...invocations, ...wait]
}

const deaths = (world: World): Move[] =>
  pending(world).flatMap(({ process, index }) => [() => process.die(index, false), () => process.die(index, true)])

const faults = (world: World): Move[] =>
  pending(world).flatMap(({ process, index, name }) => fates(name).map((fate) => () => process.step(index, fate)))

const invocations = (world: World): Move[] => [...world.lanes.keys()].map((lane) => () => world.invoke(lane))

/** A moment, the end of a lease, the end of a visibility timeout. */
const waits = (world: World): Move[] => [1_000, 16_001, 91_000].map((ms) => () => world.advance(ms))

const redrives = (world: World): Move[] => [() => world.redrive()]

const movesBack = (world: World): Move[] =>
  [...world.lanes.values()].flatMap((lane) =>
    lane.deadLetters.messages.map(
      ({ id }) =>
        () =>
          world.moveBack(lane, id),
    ),
  )

const duplicates = (world: World): Move[] => world.jobs.map((job) => () => world.duplicate(job))
const cancels = (world: World): Move[] => world.jobs.map((job) => () => world.cancel(job))

/** What can happen, the ordinary more often. */
const kinds = [
  ordinary,
  ordinary,
  ordinary,
  ordinary,
  ordinary,
  ordinary,
  invocations,
  waits,
  deaths,
  faults,
  redrives,
  movesBack,
  duplicates,
  cancels,
]

/** A job's own pause does not fail: what it throws is its own affair, and planned for each job. */
function fates(name: string): Fate[] {
  return name === 'outside.pause' ? [] : ['failed', 'lost']
}

function pending({ processes }: World): { process: Process; index: number; name: string }[] {
  return processes.flatMap((process) => process.calls.map(({ name }, index) => ({ process, index, name })))
}
