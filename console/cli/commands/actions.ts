import type { Command } from 'commander'
import { actionList } from '../../../functions/api/routes/actions/schemas.ts'
import { more } from '../output.ts'
import { type Action, runs, type Session } from '../session.ts'
import { table } from '../table.ts'
import { short } from '../time.ts'

interface Page {
  readonly limit?: string
  readonly cursor?: string
}

export function actions(program: Command, session: Session): void {
  const group = program.command('actions').helpCommand(false).description('what operators did')
  group
    .command('ls')
    .description('who did what, newest first')
    .option('--limit <n>', 'at most this many', '50')
    .option('--cursor <cursor>', 'continue after the last page')
    .action(runs<Page>(session, listActions))
}

export const listActions: Action<Page> = async ({ options: { limit, cursor }, api }) => {
  const client = await api()
  const json = await client.get(actionList, '/actions', { limit, cursor })
  const rows = json.actions.map(({ at, by, action, detail }) => [short(at), by, action, detail])
  return {
    json,
    text: (paint, columns) =>
      rows.length === 0
        ? 'Nobody has done anything yet.'
        : table(['AT', 'BY', 'ACTION', 'DETAIL'], rows, paint, columns) + more(json.next, client),
  }
}
