import type { Command } from 'commander'
import { type Action, runs, type Session } from '../session.ts'

interface StartOptions {
  readonly app?: string
  readonly context: readonly string[]
  readonly console: string
  readonly watch?: readonly string[]
}

export function start(program: Command, session: Session): void {
  program
    .command('start')
    .description('run the stack of a CDK app on this machine (PORT, AWS_PORT and DATA_DIR change where)')
    .option('--app <command>', 'the command that synthesizes it (default: `app` of cdk.json)')
    .option('-c, --context <key=value...>', 'context for the app, after stage=local', [])
    .option('--console <path>', 'where the API serves the console, below the path of the API itself', '/console')
    .option('--watch <path...>', 'reload changed code; these paths are sources of the template only')
    .action(runs<StartOptions>(session, startStack(session)))
}

export function demo(program: Command, session: Session): void {
  program
    .command('demo')
    .description('show a guided tour on a temporary stack, or with --url and AWS_ENDPOINT_URL on a running one')
    .action(
      runs(session, async ({ options, ports }) => {
        session.exit = await ports.script('demo', options.url ? { API_URL: options.url } : {})
        return undefined
      }),
    )
}

/** Passes on how the stack ended: its words are its own. */
const startStack =
  (session: Session): Action<StartOptions> =>
  async ({ options, ports }) => {
    const app = options.app ? ['--app', options.app] : []
    const context = ['stage=local', ...options.context].flatMap((pair) => ['-c', pair])
    const served = ['--serve', `${options.console}=${await ports.builtConsole()}`]
    const watched = (options.watch ?? []).flatMap((path) => ['--watch', path])
    session.exit = await ports.localStack([...app, ...context, ...served, ...watched])
    return undefined
  }
