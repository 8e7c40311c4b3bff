/** What can happen to a world, as commands that fast-check puts in a row and makes fewer until only the needed are left. */
import fc from 'fast-check'
import type { Fate, Mishap } from '../world/faults.ts'
import { promises } from '../world/promises.ts'
import type { Written } from '../world/written.ts'
import { month, ordinary, reuse } from './moves.ts'
import type { JobPlan, Model } from './world.ts'

/** The state of each job's effect, as the drawing of the states has it. */
export interface Drawing {
  readonly states: Map<string, string>
  /** How many changes of the world it has followed. */
  followed: number
}

export type Command = fc.AsyncCommand<Drawing, Model>

/** How often each command ran, each arrow was taken, and each event and mishap was met, in all runs together. */
export const reached = new Map<string, number>()
export const note = (what: string, times = 1) => reached.set(what, (reached.get(what) ?? 0) + times)

/** The drawing makes every change that the world made, along an arrow, from where it stood itself. */
export function follow(drawing: Drawing, { stack: { witness } }: Model): void {
  for (const { job, arrow } of witness.taken.slice(drawing.followed)) {
    const [from, to = ''] = arrow.split(' --> ')
    if ((drawing.states.get(job) ?? 'none') !== from)
      throw new Error(`${job} took ${arrow}, but it was ${drawing.states.get(job)}`)
    drawing.states.set(job, to)
    note(arrow)
  }
  drawing.followed = witness.taken.length
  const broken = promises.filter((promise) => witness.broken[promise].length > 0)
  if (broken.length > 0)
    throw new Error(broken.map((promise) => `${promise}: ${witness.broken[promise].join(', ')}`).join('\n'))
}

function command(text: string, act: (model: Model) => Promise<unknown> | undefined): Command {
  return {
    check: () => true,
    async run(drawing, model) {
      const done = act(model)
      if (done) note(text.replace(/[ (].*/, ''))
      await done
      follow(drawing, model)
    },
    toString: () => text,
  }
}

/** One of what there is, by number; nothing if there is none. */
function one<T>(list: readonly T[], n: number, act: (value: T) => Promise<unknown>): Promise<unknown> | undefined {
  return list.length > 0 ? act(list[n % list.length] as T) : undefined
}
/** An order of somebody who is not in the world. */
const ordered = (text: string, act: (model: Model) => void) => command(text, async (model) => act(model))

const step = (n: number) => command(`step ${n}`, (model) => one(model.calls, n, (call) => model.decide(call, 'done')))
const steps = (n: number) =>
  command(`steps ${n}`, async (model) => {
    for (let i = 0; i < n; i++) await ordinary(model)
  })
const fails = (n: number, fate: Fate) =>
  command(`call:${fate.replace(' ', '-')} ${n}`, (model) =>
    // A job's own work does not fail: what it throws is its own affair, and planned for each job. Only transactions conflict.
    one(
      model.calls.filter(({ name }) =>
        fate === 'transaction conflict' ? name === 'TransactWriteCommand' : name !== 'work' && name !== 'delete',
      ),
      n,
      (call) => model.decide(call, fate),
    ),
  )
const die = (n: number, fate: 'death before' | 'death after') =>
  command(`call:${fate.replace(' ', '-')} ${n}`, (model) => one(model.calls, n, (call) => model.decide(call, fate)))
/** A service has too many calls of jobs: it refuses the next. */
const tooMany = ordered('tooMany', (model) => model.refuseNextMail())
/** The next call where it can happen meets it. */
const mishap = (what: Mishap) => ordered(what.replace(' ', '-'), ({ faults }) => faults.provoke(what))
const wait = (ms: number) => command(`wait ${ms}`, (model) => model.wait(ms))
/** Jobs that were sent: their records are through, and none waits for its time. */
const relayed = ({ jobs, stack }: Model) => jobs.filter(({ id }) => !stack.isHeldUp(id))

/**
 * Whoever is at work stands still, to about the end of its time or past it, while a second message of a job is delivered. The
 * consumer that gets it goes on for some calls.
 */
const standStill = (n: number, ms: number, calls: number) => (model: Model) =>
  one(relayed(model), n, async (job) => {
    const frozen = new Set(model.calls.map(({ process }) => process))
    await model.wait(ms)
    await model.duplicate(job)
    await model.invoke(job.lane)
    await model.finish({ isLeft: (process) => frozen.has(process), calls })
  })
const freeze = (n: number, ms: number, calls: number) => command(`freeze ${n} ${ms} ${calls}`, standStill(n, ms, calls))
/** The same, at the moment when a job's change is committed. */
const freezeAtCommit = (n: number, calls: number) => {
  const freezing = standStill(n, 18_000, calls)
  const isCommit = ({ name }: Model['calls'][number]) => name === 'TransactWriteCommand'
  return command(`freezeAtCommit ${n} ${calls}`, async (model) => {
    for (let steps = 0; steps < 12 && !model.calls.some(isCommit); steps++) await ordinary(model)
    await freezing(model)
  })
}
/**
 * Something begins, and stands still before one of its calls while everybody else goes on. @param call name of the command
 */
const beginUntil = async (model: Model, call: string, begins: () => Promise<unknown>, meanwhile: number) => {
  const before = new Set(model.calls.map(({ process }) => process))
  const isOurs = ({ process }: Model['calls'][number]) => !before.has(process)
  await begins()
  for (let n = 0, own = model.calls.find(isOurs); own && own.name !== call && n < 12; n++) {
    await model.decide(own, 'done')
    own = model.calls.find(isOurs)
  }
  const ours = new Set(model.calls.filter(isOurs).map(({ process }) => process))
  const isLeft = (process: Model['calls'][number]['process']) => ours.has(process)
  for (let n = 0; n < meanwhile; n++) await ordinary(model, isLeft)
  return { isLeft, goOn: () => model.finish({ isLeft: (process) => !ours.has(process) }) }
}

/** A request stands still before its commit, while the others go on: perhaps another one of the same job. */
const acceptAtCommit = (plan: JobPlan, again: boolean, steps: number) =>
  command(`acceptAtCommit ${again} ${steps} ${JSON.stringify(plan)}`, async (model) => {
    const { isLeft, goOn } = await beginUntil(model, 'TransactWriteCommand', () => model.accept(plan), steps)
    if (again) await model.accept(plan)
    if (again) await model.finish({ isLeft })
    await goOn()
  })

/** A request is carried out while a sweep stands still before a release, or just after the release. */
const sweepAtRelease = (plan: JobPlan, isAfter: boolean) =>
  command(`sweepAtRelease ${isAfter} ${JSON.stringify(plan)}`, async (model) => {
    // Debounced jobs are due by then.
    await model.wait(11_000)
    const { isLeft, goOn } = await beginUntil(model, 'UpdateCommand', () => model.sweep(), 0)
    if (isAfter) await goOn()
    await model.accept(plan)
    await model.finish({ isLeft })
    await goOn()
  })

const invoke = (n: number) => command(`invoke ${n}`, (model) => one([...model.lanes.keys()], n, model.invoke))
/** A consumer waits so long for its first answers that its slots have passed. */
const invokeSlow = (n: number) =>
  command(`invokeSlow ${n}`, (model) =>
    one([...model.lanes.keys()], n, async (lane) => {
      await model.invoke(lane)
      await model.wait(9_000)
    }),
  )
const putBack = (n: number) =>
  command(`putBack ${n}`, (model) => {
    const deadLetters = [...model.lanes.values()].flatMap((lane) =>
      lane.deadLetters.messages.map(({ id }) => ({ lane, id })),
    )
    return one(deadLetters, n, ({ lane, id }) => model.putBack(lane, id))
  })
const duplicate = (n: number) => command(`duplicate ${n}`, (model) => one(relayed(model), n, model.duplicate))
const onJob = (name: string, n: number, act: (model: Model, job: Written) => Promise<unknown>) =>
  command(`${name} ${n}`, (model) => one(model.jobs, n, (job) => act(model, job)))

/** An operator cancels a job, wants it after all, and cancels it again, before anything else happens. */
const changeMind = (n: number) =>
  onJob('changeMind', n, async (model, job) => {
    const others = new Set(model.calls.map(({ process }) => process))
    for (const action of ['cancel', 'replay', 'cancel'] as const) {
      await model.act(action, job)
      await model.finish({ isLeft: (process) => others.has(process) })
    }
  })

/** Two operators replay the same job that ended badly, each with another payload. */
const editAtOnce = (n: number) =>
  command(`editAtOnce ${n}`, (model) => {
    const { dynamoDb } = model.stack
    const ended = model.jobs.filter(({ id }) =>
      ['dead', 'cancelled'].includes(String(dynamoDb.item('effects', { pk: id })?.state)),
    )
    return one(ended, n, async (job) => {
      await model.edit(job)
      await model.edit(job)
    })
  })

const small = fc.nat(9)
/** What a process meets at a call and lives on. */
const faults = fc.constantFrom<Fate>(
  'throttled',
  'service error',
  'request lost',
  'answer lost',
  'answer lost',
  'done late',
  'transaction conflict',
)
const deaths = fc.constantFrom('death before', 'death after')
const mishaps = fc.constantFrom<Mishap>('entry refused', 'delete failed', 'invocation throttled', 'delivered twice')

/** The ordinary more often. @param plans jobs that are asked for on the way */
export function commandsOf(plans: fc.Arbitrary<JobPlan>): fc.Arbitrary<Command>[] {
  const ordinarily = [fc.integer({ min: 1, max: 6 }).map(steps), small.map(step)]
  return [
    ...ordinarily,
    ...ordinarily,
    ...ordinarily,
    small.map(invoke),
    small.map(invokeSlow),
    // To the end, or until the job is taken over.
    fc
      .tuple(small, fc.constantFrom(14_200, 14_600, 18_000), fc.constantFrom(1_000, 3, 4))
      .map(([n, ms, calls]) => freeze(n, ms, calls)),
    fc.tuple(small, fc.constantFrom(1_000, 4)).map(([n, calls]) => freezeAtCommit(n, calls)),
    // A moment, the end of a lease, the end of a visibility timeout, the reconciler's grace, longer than any message is hidden.
    fc.constantFrom(1_000, 15_500, 16_001, 91_000, 1_900_000, 50_000_000).map(wait),
    fc.tuple(small, deaths).map(([n, fate]) => die(n, fate as 'death before')),
    fc.tuple(small, faults).map(([n, fate]) => fails(n, fate)),
    fc.constant(tooMany),
    mishaps.map(mishap),
    plans.map((plan) => command(`accept ${JSON.stringify(plan)}`, (model) => model.accept(plan))),
    fc
      .tuple(plans, fc.boolean(), fc.constantFrom(0, 8, 16))
      .map(([plan, again, steps]) => acceptAtCommit(plan, again, steps)),
    fc.tuple(plans, fc.boolean()).map(([plan, isAfter]) => sweepAtRelease(plan, isAfter)),
    fc.constant(command('relay', (model) => (model.hasRecords ? model.relay() : undefined))),
    fc.constantFrom(
      command('sweep', (model) => model.sweep()),
      command('timers', (model) => (model.hasTimers ? model.come('once') : undefined)),
      command('timersTwice', (model) => (model.hasTimers ? model.come('twice') : undefined)),
      command('timersLost', (model) => (model.hasTimers ? model.come('lost') : undefined)),
      command('reconcile', (model) => model.reconcile()),
      command('reconcileHour', (model) => model.reconcileHour()),
      command('month', month),
      command('trim', (model) => (model.hasRecords ? (async () => model.trim())() : undefined)),
    ),
    fc.constantFrom(
      ordered('rollBack', (model) => model.deploy(true)),
      ordered('deploy', (model) => model.deploy(false)),
      ordered('removeLanes', (model) => model.setLanes(false)),
      ordered('restoreLanes', (model) => model.setLanes(true)),
    ),
    fc.constant(command('redrive', (model) => model.redrive())),
    small.map(putBack),
    small.map(duplicate),
    small.map((n) => onJob('cancel', n, (model, job) => model.act('cancel', job))),
    small.map(changeMind),
    small.map((n) => onJob('reuse', n, reuse)),
    small.map((n) => onJob('replay', n, (model, job) => model.act('replay', job))),
    small.map((n) => onJob('edit', n, (model, job) => model.edit(job))),
    small.map(editAtOnce),
  ]
}
