import type { Command } from 'commander'
import { type LimitView, laneList, laneSwitched } from '../../../functions/api/routes/lanes/schemas.ts'
import { command, dryRun, plain } from '../output.ts'
import { type Action, runs, type Session } from '../session.ts'
import { statusStyle, table } from '../table.ts'
import { short, span } from '../time.ts'

export function lanes(program: Command, session: Session): void {
  const group = program.command('lanes').helpCommand(false).description('lanes, and whether they are paused')
  group.command('ls').description('list all lanes').action(runs(session, listLanes))
  group
    .command('pause')
    .description('start no more jobs of a lane; they wait, and none is lost')
    .argument('<name>')
    .option('--dry-run', 'only show the request')
    .action(runs(session, changeLane('pause')))
  group
    .command('resume')
    .description('resume a paused lane')
    .argument('<name>')
    .option('--dry-run', 'only show the request')
    .action(runs(session, changeLane('resume')))
}

export const listLanes: Action = async ({ api }) => {
  const json = await (await api()).get(laneList, '/lanes')
  const rows = json.lanes.map(({ name, kind, state, pausedAt, pausedBy }) => [
    name,
    kind,
    state,
    short(pausedAt),
    pausedBy,
  ])
  const heads = ['NAME', 'KIND', 'STATE', 'SINCE', 'PAUSED BY']
  const reasons = json.lanes.flatMap(({ name, pauseReason }) =>
    pauseReason ? [`${name}: ${plain(pauseReason)}.`] : [],
  )
  const limits = json.lanes.flatMap(({ name, limits = [] }) => limits.map((limit) => limitLine(name, limit)))
  return {
    json,
    text: (paint, columns) =>
      [table(heads, rows, paint, columns, statusStyle), ...reasons, limits.join('\n')].filter(Boolean).join('\n\n'),
  }
}

function limitLine(lane: string, { type, limit, perSeconds, isKeyed, lagSeconds = 0 }: LimitView): string {
  const lag = lagSeconds > 0 ? `; its queue ends in ${span(lagSeconds)}` : ''
  return `${lane}: at most ${limit} ${type} start in ${span(perSeconds)}${isKeyed ? ' for each key' : ''}${lag}.`
}

export function changeLane(change: 'pause' | 'resume'): Action {
  return async ({ args: [name = ''], options, api, endpoint }) => {
    const path = `/lanes/${encodeURIComponent(name)}/${change}`
    if (options.dryRun) return dryRun('POST', path, await endpoint())
    const client = await api()
    const json = await client.post(laneSwitched, path)
    const next = { pause: `Resume it: ${command(`lanes resume ${name}`, client)}`, resume: 'What waited runs now.' }
    const state = json.state === 'changing' ? 'changing; it may take a minute' : json.state
    return { json, text: (paint) => `${paint('green', '✓')} Lane ${json.name} is ${state}. ${next[change]}` }
  }
}
