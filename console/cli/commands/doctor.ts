import type { Command } from 'commander'
import { apiChecks, explained } from '../doctor/api-checks.ts'
import { ask, type Finding } from '../doctor/finding.ts'
import { localChecks } from '../doctor/local-checks.ts'
import type { Result, Style } from '../output.ts'
import { type Action, type Context, runs, type Session } from '../session.ts'
import { table } from '../table.ts'
import { stackNameOf } from '../target.ts'

export interface DoctorOptions {
  readonly drift?: boolean
}

export function doctor(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('check a stack end to end, and say what to fix')
    .option('--drift', 'also compare the deployed stack with its template in CloudFormation; this takes minutes')
    .action(runs<DoctorOptions>(session, examine))
}

export const examine: Action<DoctorOptions> = async (context) => {
  const { ports, api } = context
  const client = await api()
  const [first, ...others] = apiChecks(client, ports.now)
  const health = await ask(first ? [first] : [], explained)
  const reachable = health.every(({ state }) => state !== 'fail')
  const rest = reachable
    ? await ask(others, explained)
    : others.map(([check]): Finding => ({ check, state: 'skip', found: 'the API does not answer' }))
  return report([...health, ...rest, ...(await around(context, client.endpoint.url))])
}

/** What lies around the API: AWS, or this machine's stand-in for it. */
async function around({ options, ports }: Context<DoctorOptions>, url: string): Promise<Finding[]> {
  const stack = stackNameOf(options)
  if (stack) return [...(await ports.inspectStack(stack, { drift: options.drift ?? false }))]
  const awsUrl = ports.env.AWS_ENDPOINT_URL || localEndpoint(url)
  if (awsUrl) return ask(localChecks(awsUrl.replace(/\/$/, ''), ports), explained)
  return [
    { check: 'AWS', state: 'skip', found: 'only the API is known', next: 'Name the stack with --stage or --stack' },
  ]
}

function localEndpoint(url: string): string | undefined {
  return ['localhost', '127.0.0.1'].includes(new URL(url).hostname) ? 'http://localhost:4566' : undefined
}

const styles: Readonly<Record<Finding['state'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'dim' }

function report(findings: readonly Finding[]): Result {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const sum = `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed, ${count('skip')} skipped`
  const todo = findings.filter(({ next }) => next !== undefined).map(({ check, next }) => `  ${check}: ${next}`)
  const rows = findings.map(({ state, check, found }) => [state, check, found])
  return {
    json: { ok: count('fail') === 0, findings },
    exit: count('fail') === 0 ? 0 : 1,
    text: (paint, columns) => {
      const style = (head: string, text: string) => (head === '' ? styles[text as Finding['state']] : undefined)
      const list = table(['', 'CHECK', 'FOUND'], rows, paint, columns, style)
      return [list, '', ...(todo.length > 0 ? ['What to do:', ...todo, ''] : []), `${sum}.`].join('\n')
    },
  }
}
