import type { Command } from 'commander'
import { type Stats, statsView } from '../../../functions/api/routes/stats/schemas.ts'
import { Failure } from '../../api-client/failure.ts'
import { command, jsonText, type Paint, paintFor, type Result } from '../output.ts'
import type { Out, Ports } from '../ports.ts'
import { type Action, type Context, runs, type Session } from '../session.ts'
import { table } from '../table.ts'
import { span } from '../time.ts'

interface StatsOptions {
  readonly watch?: boolean
}

export function stats(program: Command, session: Session): void {
  program
    .command('stats')
    .description('show the depth of each lane, and the number of failing jobs')
    .option('--watch', 'repeat every two seconds until Ctrl-C (as JSON: one line each time)')
    .action(runs<StatsOptions>(session, showStats))
}

export const showStats: Action<StatsOptions> = async (context) => {
  if (context.options.watch) return watch(context)
  const client = await context.api()
  const json = await client.get(statsView, '/stats')
  const next = json.jobs.dead > 0 ? `\n\nSee what died: ${command('dlq ls', client)}` : ''
  return { json, text: (paint, columns) => view(json, paint, columns) + next }
}

const everyMs = 2_000

/** A moment without an answer is told and lived through: the person who watches wants to see it come back. */
async function watch(context: Context<StatsOptions>): Promise<Result | undefined> {
  const { ports, api } = context
  const client = await api()
  let shown = await client.get(statsView, '/stats')
  let problem = ''
  for (;;) {
    draw(context, shown, problem)
    await ports.sleep(everyMs).catch(() => {})
    if (ports.signal.aborted) return undefined
    try {
      shown = await client.get(statsView, '/stats')
      problem = ''
    } catch (error) {
      if (ports.signal.aborted) return undefined
      if (!(error instanceof Failure)) throw error
      problem = error.message
    }
  }
}

function draw({ ports, output }: Context<StatsOptions>, shown: Stats, problem: string): void {
  const { stdout, stderr } = ports
  if (problem && (output === 'json' || !stdout.isTTY)) stderr.write(`outbox: ${problem}\n`)
  else if (output === 'json') stdout.write(`${jsonText(shown)}\n`)
  else drawTable(stdout, shown, problem, ports)
}

function drawTable(stdout: Out, shown: Stats, problem: string, ports: Ports): void {
  const paint = paintFor(stdout.isTTY, ports)
  const at = paint('dim', `${ports.now().toISOString().slice(11, 19)}Z, every 2 s; Ctrl-C ends it`)
  const text = `${view(shown, paint, stdout.columns)}\n\n${at}\n${problem && paint('red', problem)}`
  // Home, and what was below is cleared line by line: clearing all first would flicker.
  stdout.write(stdout.isTTY ? `\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[J` : `${text}\n`)
}

function view({ lanes, jobs }: Stats, paint: Paint, columns: number): string {
  const rows = lanes.map(({ name, visible, inFlight, delayed, dead, oldestAgeSeconds }) => [
    name,
    visible,
    inFlight,
    delayed,
    dead,
    oldestAgeSeconds === undefined ? undefined : span(oldestAgeSeconds),
  ])
  const heads = ['LANE', 'WAITING', 'IN FLIGHT', 'DELAYED', 'DEAD', 'OLDEST']
  const red = (head: string, text: string) => (head === 'DEAD' && text !== '0' ? 'red' : undefined)
  const dead = paint(jobs.dead > 0 ? 'red' : 'reset', `${jobs.dead} dead`)
  return `${table(heads, rows, paint, columns, red)}\n\nFailing jobs: ${jobs.retrying} retrying, ${dead}`
}
