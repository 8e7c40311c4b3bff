import { randomUUID } from 'node:crypto'
import type { Schedule, StackModel } from '../model.ts'
import type { Functions, InvokeResult, Log } from '../types.ts'
import { sendDeadLetter, sendFailedEvent } from './dead-letter.ts'
import { deliver } from './delivery.ts'
import type { Execution, SchedulerState, State } from './state.ts'

interface ExecutionSettings {
  readonly model: StackModel
  readonly gatewayUrl: string
  readonly functions: Pick<Functions, 'invoke'>
  readonly log: Log
  readonly state: State
  readonly retryDelaysMs: readonly number[]
  /** Calls back after so many ms, unless the scheduler stops before. */
  readonly after: (ms: number, what: () => void) => void
}

export interface Executions {
  /**
   * Runs a schedule. Once this returns the execution is owed: should the process die, it runs after the restart. `note`
   * changes what else is remembered in the same write.
   */
  begin(
    schedule: Schedule,
    at: Date,
    note?: (state: SchedulerState) => SchedulerState,
  ): { id: string; attempted: Promise<InvokeResult | undefined> }
  /** Runs what an earlier process left owing. */
  resume(): void
  /** Resolves when nothing runs any more, or after `ms`; what still runs then stays owed. */
  stop(ms: number): Promise<void>
}

type Failed = Extract<InvokeResult, { ok: false }>

/** How long a throttled event waits before Lambda tries again. */
const THROTTLED_MS = 1_000

/** How long Lambda keeps an event, where the function says nothing else. */
const LONGEST_EVENT_AGE_SECONDS = 21_600

/**
 * From the start of a scheduled run to its end. Scheduler hands an event to Lambda's queue, where it is retried when the function fails. The
 * retry policy and the dead-letter queue of a schedule are for the first step only: what a function fails on to the last
 * goes to the function's own dead-letter queue or, without one, is dropped, here as on AWS.
 */
export function createExecutions(settings: ExecutionSettings): Executions {
  const { model, functions, log, state, retryDelaysMs, after } = settings
  const running = new Set<Promise<unknown>>()
  let phase: 'open' | 'stopping' | 'closed' = 'open'

  async function attempt(schedule: Schedule, execution: Execution): Promise<InvokeResult | undefined> {
    const delivery = deliver(model, schedule, execution)
    if (!delivery.ok) {
      log('scheduler', `${schedule.name} cannot invoke ${schedule.functionName}: ${delivery.message}`)
      const { deadLetterArn } = schedule
      if (deadLetterArn) await sendDeadLetter(settings, { ...schedule, deadLetterArn }, execution, delivery)
      replace(execution)
      return undefined
    }
    const result = await functions.invoke(schedule.functionName, delivery.event)
    if (result.ok) replace(execution)
    // A function that ends because the stack stops has not failed: its run stays owed.
    else if (phase === 'open') await retry(schedule, execution, delivery.event, result)
    return result
  }

  /** Lambda's rule for events: as many more tries as the function allows, until the event is too old; being throttled uses up none. */
  async function retry(schedule: Schedule, execution: Execution, event: unknown, result: Failed): Promise<void> {
    const throttled = result.reason === 'throttled'
    const delay = throttled ? THROTTLED_MS : retryDelaysMs[execution.failures]
    const { maximumRetries = 2, maximumEventAgeSeconds = LONGEST_EVENT_AGE_SECONDS } = functionOf(schedule) ?? {}
    const isTooOld = Date.now() + (delay ?? 0) > Date.parse(execution.scheduledTime) + maximumEventAgeSeconds * 1000
    if (delay === undefined || isTooOld || (!throttled && execution.failures >= maximumRetries)) {
      await drop(schedule, execution, event, result)
      replace(execution)
      return
    }
    const later = { ...execution, failures: execution.failures + (throttled ? 0 : 1) }
    replace(execution, later)
    after(delay, () => start(schedule, later))
  }

  async function drop(schedule: Schedule, { scheduledTime }: Execution, event: unknown, { errorMessage }: Failed) {
    const fn = functionOf(schedule)
    const fate = fn?.deadLetterArn ? `goes to ${fn.deadLetterArn}` : 'is dropped'
    log('scheduler', `${schedule.name}: the event of ${scheduledTime} ${fate}: ${errorMessage}`)
    if (fn?.deadLetterArn)
      await sendFailedEvent(settings, { ...fn, deadLetterArn: fn.deadLetterArn }, event, errorMessage)
  }

  function functionOf({ functionName }: Schedule) {
    return model.functions.find(({ name }) => name === functionName)
  }

  /** Crosses an execution out, or writes down what is still to be done for it. */
  function replace({ id }: Execution, ...rest: Execution[]): void {
    if (phase === 'closed') return
    state.change(({ schedules, pending }) => ({
      schedules,
      pending: [...pending.filter((one) => one.id !== id), ...rest],
    }))
  }

  /** A fault here must not end the stack: the execution stays owed, and the next start tries again. */
  function start(schedule: Schedule, execution: Execution): Promise<InvokeResult | undefined> {
    const work: Promise<InvokeResult | undefined> = attempt(schedule, execution)
      .catch((error) => {
        log('scheduler', `${schedule.name}: the execution of ${execution.scheduledTime} broke off: ${error}`)
        return undefined
      })
      .finally(() => running.delete(work))
    running.add(work)
    return work
  }

  return {
    begin(schedule, at, note = (unchanged) => unchanged) {
      const scheduledTime = `${at.toISOString().slice(0, 19)}Z`
      const execution: Execution = { id: randomUUID(), schedule: schedule.name, scheduledTime, failures: 0 }
      state.change((old) => note({ ...old, pending: [...old.pending, execution] }))
      return { id: execution.id, attempted: start(schedule, execution) }
    },
    resume() {
      for (const execution of state.get().pending) {
        const schedule = model.schedules.find(({ name }) => name === execution.schedule)
        if (schedule) void start(schedule, execution)
        else replace(execution)
      }
    },
    async stop(ms) {
      phase = 'stopping'
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, ms)
      await Promise.race([Promise.all(running), late])
      clearTimeout(timer)
      phase = 'closed'
    },
  }
}
