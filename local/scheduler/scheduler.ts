import type { Schedule, StackModel } from '../model.ts'
import type { AsyncInvocations, InvokeResult, Log, Running } from '../types.ts'
import { createExecutions } from './executions.ts'
import { next } from './next.ts'
import { openState, type SchedulerState } from './state.ts'

export interface SchedulerSettings {
  readonly model: StackModel
  readonly gatewayUrl: string
  readonly invocations: Pick<AsyncInvocations, 'begin'>
  readonly dataDir: string
  readonly log: Log
}

export interface ListedSchedule {
  readonly name: string
  readonly expression: string
  readonly timezone: string
  readonly enabled: boolean
  /** ISO; absent when the schedule is disabled or over. */
  readonly next?: string
  readonly last?: string
}

export interface Scheduler extends Running {
  list(): readonly ListedSchedule[]
  /** Runs a schedule now, in addition to its scheduled runs. Resolves after the first attempt; `undefined` for an unknown name. */
  run(name: string): Promise<{ executionId: string; result?: InvokeResult } | undefined>
}

/** Node's timers hold 2^31 ms at most; longer waits are cut into days. */
const LONGEST_WAIT_MS = 86_400_000
/** How long executions may take to end when the scheduler stops. */
const STOP_MS = 2_000

/**
 * Runs the schedules of the template. Every scheduled run is written down before it starts and crossed out when it has ended, so
 * a run during which the process dies starts again after the restart (at least once, as on AWS). Runs that come due while the stack
 * is down are not made up for, nor are those that a sleeping machine missed but the last. Rejects when an expression is
 * not valid.
 */
export async function startScheduler(settings: SchedulerSettings): Promise<Scheduler> {
  const { model, dataDir } = settings
  const schedules = model.schedules.filter(({ enabled }) => enabled)
  for (const schedule of model.schedules) next(schedule, new Date(), new Date())

  const state = openState(dataDir)
  const began = Date.now()
  state.change((old) => remember(old, schedules, new Date(began)))
  const memory = ({ name }: Schedule) => state.get().schedules[name] ?? { createdAt: began, lastRun: undefined }

  const timers = new Set<NodeJS.Timeout>()
  function after(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      what()
    }, ms)
    timers.add(timer)
  }
  const executions = createExecutions({ ...settings, state })
  const nextOf = (schedule: Schedule, from: number) =>
    next(schedule, new Date(from), new Date(memory(schedule).createdAt))

  /** Waits for the next run after `from` (in ms), and then for the one after it. */
  function plan(schedule: Schedule, from: number): void {
    const due = nextOf(schedule, from)
    if (!due) return
    const wait = due.getTime() - Date.now()
    if (wait > LONGEST_WAIT_MS) {
      after(LONGEST_WAIT_MS, () => plan(schedule, from))
      return
    }
    after(Math.max(0, wait), () => {
      executions.begin(schedule, due, (old) => withRun(old, schedule, due))
      plan(schedule, Math.max(due.getTime(), Date.now()))
    })
  }

  executions.resume()
  for (const schedule of schedules) {
    const { createdAt, lastRun } = memory(schedule)
    // The first run of a rate is its creation. A clock that was set back must not repeat the last run.
    const isNew = new Date(createdAt).getTime() === began
    plan(schedule, isNew ? began - 1 : Math.max(began, Date.parse(lastRun ?? '') || 0))
  }

  let stopping: Promise<void> | undefined
  return {
    list: () =>
      model.schedules.map((schedule) => {
        const { name, expression, timezone, enabled } = schedule
        const { lastRun } = memory(schedule)
        const due = enabled ? nextOf(schedule, Date.now()) : undefined
        const times = { ...(due && { next: due.toISOString() }), ...(lastRun && { last: lastRun }) }
        return { name, expression, timezone, enabled, ...times }
      }),
    async run(name) {
      const schedule = model.schedules.find((one) => one.name === name)
      if (!schedule) return undefined
      const { id: executionId, attempted } = executions.begin(schedule, new Date())
      const result = await attempted
      return { executionId, ...(result && { result }) }
    },
    stop() {
      for (const timer of timers) clearTimeout(timer)
      stopping ??= executions.stop(STOP_MS)
      return stopping
    },
  }
}

/** Keeps what is known of the enabled schedules. A new one, also one whose expression changed, is created now. */
function remember(old: SchedulerState, schedules: readonly Schedule[], now: Date): SchedulerState {
  const kept = schedules.map(({ name, expression, timezone }) => {
    const known = old.schedules[name]
    const same = known?.expression === expression && known.timezone === timezone
    return [name, same ? known : { expression, timezone, createdAt: now.toISOString() }] as const
  })
  return { ...old, schedules: Object.fromEntries(kept) }
}

function withRun(old: SchedulerState, { name }: Schedule, due: Date): SchedulerState {
  const known = old.schedules[name]
  return known ? { ...old, schedules: { ...old.schedules, [name]: { ...known, lastRun: due.toISOString() } } } : old
}
