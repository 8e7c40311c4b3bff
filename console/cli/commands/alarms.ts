import type { Command } from 'commander'
import { type Alarm, alarmList } from '../../../functions/api/routes/alarms/schemas.ts'
import type { Paint } from '../output.ts'
import { type Action, runs, type Session } from '../session.ts'
import { table } from '../table.ts'
import { short } from '../time.ts'

export function alarms(program: Command, session: Session): void {
  program
    .command('alarms')
    .description('alarms and their state, with the runbook section of each')
    .action(runs(session, listAlarms))
}

const styles = { ALARM: 'red', OK: 'green', INSUFFICIENT_DATA: 'dim' } as const

export const listAlarms: Action = async ({ api }) => {
  const json = await (await api()).get(alarmList, '/alarms')
  const inAlarm = json.alarms.filter(({ state }) => state === 'ALARM')
  const rows = json.alarms.map(({ name, state, since }) => [name, state, short(since)])
  return {
    json,
    text: (paint, columns) =>
      [
        ...inAlarm.map((alarm) => details(alarm, paint)),
        table(['NAME', 'STATE', 'SINCE'], rows, paint, columns, (head, text) =>
          head === 'STATE' ? styles[text as Alarm['state']] : undefined,
        ),
      ].join('\n\n'),
  }
}

/** What the alarm means, why it is in ALARM, and where its runbook is. */
function details({ name, description, reason, runbook }: Alarm, paint: Paint): string {
  const lines = [paint('red', name), description, reason, ...(runbook ? [`What to do: ${runbook}`] : [])]
  return lines.join('\n  ')
}
