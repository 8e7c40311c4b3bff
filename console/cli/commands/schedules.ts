import type { Command } from 'commander'
import { scheduleList } from '../../../functions/api/routes/schedules/schemas.ts'
import { type Action, runs, type Session } from '../session.ts'
import { table } from '../table.ts'
import { short } from '../time.ts'

export function schedules(program: Command, session: Session): void {
  const group = program.command('schedules').helpCommand(false).description('schedules and their next runs')
  group.command('ls').description('list all schedules, with their next runs').action(runs(session, listSchedules))
}

export const listSchedules: Action = async ({ api }) => {
  const json = await (await api()).get(scheduleList, '/schedules')
  const rows = json.schedules.map(({ name, type, expression, timezone, next }) => [
    name,
    type,
    expression,
    timezone,
    short(next),
  ])
  return {
    json,
    text: (paint, columns) =>
      rows.length === 0
        ? 'No job comes by the clock. A schedule of the application (defineSchedule) is here after the next deploy.'
        : table(['NAME', 'JOB TYPE', 'EXPRESSION', 'TIME ZONE', 'NEXT'], rows, paint, columns),
  }
}
