/** What can happen to a world, as commands that fast-check puts in a row and makes fewer until only the needed are left. */
import fc from 'fast-check'
import type { Fate } from './processes.ts'
import type { World } from './world.ts'
import type { JobPlan } from './world-base.ts'
import { month, ordinary, pending, reuse } from './world-moves.ts'

/** The state of each job's effect, as the drawing of the states has it. */
export interface Model {
  readonly states: Map<string, string>
  /** How many changes of the world it has followed. */
  followed: number
}

export type Command = fc.AsyncCommand<Model, World>

/** How often each command ran, and each fate was dealt, in all runs together. */
export const reached = new Map<string, number>()
const note = (what: string) => reached.set(what, (reached.get(what) ?? 0) + 1)

/** The model makes every change that the world made, along an arrow of the drawing, from where it stood itself. */
export function follow(model: Model, { witness }: World): void {
  for (const { job, arrow } of witness.taken.slice(model.followed)) {
    const [from, to = ''] = arrow.split(' --> ')
    if ((model.states.get(job) ?? 'none') !== from)
      throw new Error(`${job} took ${arrow}, but it was ${model.states.get(job)}`)
    model.states.set(job, to)
    note(arrow)
  }
  model.followed = witness.taken.length
  if (witness.violations.length > 0) throw new Error(witness.violations.join('\n'))
}

function command(text: string, act: (world: World) => Promise<unknown> | undefined): Command {
  return {
    check: () => true,
    async run(model, world) {
      const done = act(world)
      if (done) note(text.replace(/[ (].*/, ''))
      await done
      follow(model, world)
    },
    toString: () => text,
  }
}

/** One of what there is, by number; nothing if there is none. */
function one<T>(list: readonly T[], n: number, act: (value: T) => Promise<unknown>): Promise<unknown> | undefined {
  return list.length > 0 ? act(list[n % list.length] as T) : undefined
}

const fate = (n: number, fate: Fate) =>
  command(`${fate} ${n}`, (world) =>
    // A job's own pause does not fail: what it throws is its own affair, and planned for each job.
    one(
      pending(world).filter(({ name }) => name !== 'outside.pause'),
      n,
      ({ process, index }) => process.step(index, fate),
    ),
  )
const steps = (n: number) =>
  command(`steps ${n}`, async (world) => {
    for (let i = 0; i < n; i++) await ordinary(world)
  })
const step = (n: number) =>
  command(`step ${n}`, (world) => one(pending(world), n, ({ process, index }) => process.step(index, 'done')))
const die = (n: number, done: boolean) =>
  command(`${done ? 'dieAfter' : 'dieBefore'} ${n}`, (world) =>
    one(pending(world), n, async ({ process, index }) => process.die(index, done)),
  )
const wait = (ms: number) => command(`wait ${ms}`, async (world) => world.advance(ms))
const relayed = ({ jobs, stream }: World) => jobs.filter(({ id }) => !stream.some(({ item }) => item?.id === id))

/** Whoever is at work stands still, to about the end of its time or past it, while a second message of a job is delivered. */
const freeze = (n: number, ms: number) =>
  command(`freeze ${n} ${ms}`, (world) =>
    one(relayed(world), n, async (job) => {
      const frozen = pending(world).map(({ process }) => process)
      world.advance(ms)
      await world.duplicate(job)
      await world.invoke(job.lane)
      const others = () => pending(world).filter(({ process }) => !frozen.includes(process))
      for (let [call] = others(); call; [call] = others()) await call.process.step(call.index, 'done')
    }),
  )
const invoke = (n: number) => command(`invoke ${n}`, (world) => one([...world.lanes.keys()], n, world.invoke))
const putBack = (n: number) =>
  command(`putBack ${n}`, (world) => {
    const deadLetters = [...world.lanes.values()].flatMap((lane) =>
      lane.deadLetters.messages.map(({ id }) => ({ lane, id })),
    )
    return one(deadLetters, n, async ({ lane, id }) => world.putBack(lane, id))
  })
const duplicate = (n: number) => command(`duplicate ${n}`, (world) => one(relayed(world), n, world.duplicate))
const onJob = (name: string, n: number, act: (world: World) => (job: World['jobs'][number]) => Promise<unknown>) =>
  command(`${name} ${n}`, (world) => one(world.jobs, n, act(world)))

/** An operator cancels a job, wants it after all, and cancels it again, before anything else happens. */
const changeMind = (n: number) =>
  onJob('changeMind', n, (world) => async (job) => {
    for (const action of ['cancel', 'replay', 'cancel'] as const) {
      const process = await world.act(action, job)
      while (process.calls.length > 0) await process.step(0, 'done')
    }
  })

const small = fc.nat(9)

/** The ordinary more often. @param plans jobs that are asked for on the way */
export function worldCommands(plans: fc.Arbitrary<JobPlan>): fc.Arbitrary<Command>[] {
  const ordinarily = [fc.integer({ min: 1, max: 6 }).map(steps), small.map(step)]
  return [
    ...ordinarily,
    ...ordinarily,
    ...ordinarily,
    small.map(invoke),
    fc.tuple(small, fc.constantFrom(14_200, 14_600, 18_000)).map(([n, ms]) => freeze(n, ms)),
    // A moment, the end of a lease, the end of a visibility timeout, the reconciler's grace, longer than any message is hidden.
    fc.constantFrom(1_000, 15_500, 16_001, 91_000, 1_900_000, 50_000_000).map(wait),
    fc.tuple(small, fc.boolean()).map(([n, done]) => die(n, done)),
    fc.tuple(small, fc.constantFrom<Fate>('failed', 'lost')).map(([n, what]) => fate(n, what)),
    plans.map((plan) => command(`accept ${JSON.stringify(plan)}`, (world) => world.accept(plan))),
    fc.constant(command('relay', (world) => (world.stream.length > 0 ? world.relay() : undefined))),
    fc.constantFrom(
      command('sweep', (world) => world.sweep()),
      command('timers', (world) => (world.timers.length > 0 ? world.come('once') : undefined)),
      command('timersTwice', (world) => (world.timers.length > 0 ? world.come('twice') : undefined)),
      command('timersLost', (world) => (world.timers.length > 0 ? world.come('lost') : undefined)),
      command('reconcile', (world) => world.reconcile()),
      command('reconcileHour', (world) => world.reconcileHour()),
      command('month', month),
      command('trim', (world) => (world.stream.length > 0 ? (async () => world.trim())() : undefined)),
    ),
    fc.constantFrom(
      command('rollBack', async ({ code }) => {
        code.isOld = true
      }),
      command('deploy', async ({ code }) => {
        code.isOld = false
      }),
      command('removeLanes', async ({ code }) => {
        code.hasNoLanes = true
      }),
      command('restoreLanes', async ({ code }) => {
        code.hasNoLanes = false
      }),
    ),
    fc.constant(command('redrive', (world) => world.redrive())),
    small.map(putBack),
    small.map(duplicate),
    small.map((n) => onJob('cancel', n, (world) => (job) => world.act('cancel', job))),
    small.map(changeMind),
    small.map((n) => onJob('reuse', n, (world) => (job) => reuse(world, job))),
    small.map((n) => onJob('replay', n, (world) => (job) => world.act('replay', job))),
  ]
}
