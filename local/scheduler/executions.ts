import { randomUUID } from 'node:crypto'
import type { Schedule, StackModel } from '../model.ts'
import type { AsyncInvocations, InvokeResult, Log } from '../types.ts'
import { sendDeadLetter } from './dead-letter.ts'
import { deliver } from './delivery.ts'
import type { Execution, SchedulerState, State } from './state.ts'

interface ExecutionSettings {
  readonly model: StackModel
  readonly gatewayUrl: string
  readonly invocations: Pick<AsyncInvocations, 'begin'>
  readonly log: Log
  readonly state: State
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

/**
 * From the start of a scheduled run to its end. Scheduler hands an event to Lambda's queue. The retry policy and the
 * dead-letter queue of a schedule are for that step only: what comes after it is for the function's own settings to say.
 */
export function createExecutions(settings: ExecutionSettings): Executions {
  const { model, invocations, log, state } = settings
  const running = new Set<Promise<unknown>>()
  let isClosed = false

  async function attempt(schedule: Schedule, execution: Execution): Promise<InvokeResult | undefined> {
    const delivery = deliver(model, schedule, execution)
    if (!delivery.ok) {
      log('scheduler', `${schedule.name} cannot invoke ${schedule.functionName}: ${delivery.message}`)
      const { deadLetterArn } = schedule
      if (deadLetterArn) await sendDeadLetter(settings, { ...schedule, deadLetterArn }, execution, delivery)
      replace(execution)
      return undefined
    }
    return invocations.begin(schedule.functionName, delivery.event, {
      failures: execution.failures,
      onRetry: (failures) => replace(execution, { ...execution, failures }),
      onEnd: () => replace(execution),
    })
  }

  /** Crosses an execution out, or writes down what is still to be done for it. */
  function replace({ id }: Execution, ...rest: Execution[]): void {
    if (isClosed) return
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
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, ms)
      await Promise.race([Promise.all(running), late])
      clearTimeout(timer)
      isClosed = true
    },
  }
}
