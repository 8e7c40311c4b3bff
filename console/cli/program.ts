import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { commands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import type { Session } from './session.ts'

/** The command line, as commander knows it: help, completion and docs/cli.md all follow from it. */
export function programOf(session: Session): Command {
  const { stdout, stderr } = session.ports
  const program = new Command('outbox')
    .description('Look at an Outbox Relay, and act on it.')
    .version(version(), '--version')
    .option('--url <url>', 'the API (or API_URL) (default: http://localhost:3000)')
    .option('--stage <name>', 'the deployed stack OutboxRelay-<name>, with your AWS credentials')
    .option('--stack <name>', 'a deployed stack by its full name')
    .option('--region <region>', 'where that stack is (default: your AWS configuration)')
    .option('--profile <name>', 'which AWS profile you are (default: your AWS configuration)')
    .addOption(
      new Option('--output <format>', 'for a person or for a program')
        .choices(['table', 'json'])
        .default(undefined, 'table at a terminal, else json'),
    )
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    // Told by run.ts, in one line.
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => stdout.columns,
      getErrHelpWidth: () => stderr.columns,
    })
    .exitOverride()
    .addHelpText('after', `\n${exitCodes}`)
  for (const register of commands) register(program, session)
  return program
}

function version(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')).version
}
