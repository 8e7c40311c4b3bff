import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One scheduled run that is owed to a function until it ends well or is given up. */
export interface Execution {
  readonly id: string
  readonly schedule: string
  /** ISO, whole seconds. */
  readonly scheduledTime: string
  /** Attempts of the function that failed. */
  readonly failures: number
}

interface Kept {
  /** What the schedule was when it was created; a changed one counts as new. */
  readonly expression: string
  readonly timezone: string
  readonly createdAt: string
  readonly lastRun?: string
}

export interface SchedulerState {
  readonly schedules: Readonly<Record<string, Kept>>
  readonly pending: readonly Execution[]
}

export interface State {
  get(): SchedulerState
  /** The new state is on disk when this returns: the file is either the old or the new one, wherever the process dies. */
  change(to: (state: SchedulerState) => SchedulerState): void
}

/** The memory of the scheduler, a file in `dataDir`. */
export function openState(dataDir: string): State {
  const file = join(dataDir, 'scheduler.json')
  mkdirSync(dataDir, { recursive: true })
  let state = read(file)
  return {
    get: () => state,
    change(to) {
      state = to(state)
      writeFileSync(`${file}.new`, JSON.stringify(state))
      renameSync(`${file}.new`, file)
    },
  }
}

function read(file: string): SchedulerState {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { schedules: {}, pending: [] }
    throw new Error(`${file} cannot be read. Delete it to begin anew; every schedule then counts as just created.`, {
      cause: error,
    })
  }
}
