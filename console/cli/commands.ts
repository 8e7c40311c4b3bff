import type { Command } from 'commander'
import { actions } from './commands/actions.ts'
import { alarms } from './commands/alarms.ts'
import { batches } from './commands/batches.ts'
import { completion } from './commands/completion.ts'
import { consoleServer } from './commands/console.ts'
import { dlq } from './commands/dlq.ts'
import { doctor } from './commands/doctor.ts'
import { enqueue } from './commands/enqueue.ts'
import { jobs } from './commands/jobs.ts'
import { lanes } from './commands/lanes.ts'
import { reconcile } from './commands/reconcile.ts'
import { schedules } from './commands/schedules.ts'
import { demo, start } from './commands/scripts.ts'
import { stats } from './commands/stats.ts'
import { usage } from './commands/usage.ts'
import type { Session } from './session.ts'

/** Adds a command to the program. */
export type Register = (program: Command, session: Session) => void

/** In the order in which the help lists them. */
export const commands: readonly Register[] = [
  start,
  demo,
  enqueue,
  jobs,
  batches,
  dlq,
  stats,
  alarms,
  usage,
  schedules,
  lanes,
  reconcile,
  actions,
  doctor,
  consoleServer,
  completion,
]

/** The commands that do something, each with the words that lead to it: `dlq redrive`. */
export function leaves(command: Command, path: readonly string[] = []): [path: string, command: Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]]
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]))
}
