import { Command } from 'commander'
import { commands, leaves } from './commands.ts'
import { examples, exitCodes } from './help.ts'
import { addGlobalOptions } from './options.ts'
import type { Session } from './session.ts'

/** The command line, as commander knows it: help, completion and docs/cli.md all follow from it. */
export function programOf(session: Session): Command {
  const { version, stdout, stderr } = session.ports
  const program = addGlobalOptions(new Command('outbox'))
    .description('Inspect and operate an Outbox Relay.')
    .version(version, '--version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    // Told by run.ts, in one line.
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(stdout.columns, 100),
      getErrHelpWidth: () => Math.min(stderr.columns, 100),
    })
    .exitOverride()
    .addHelpText('after', `\n${exitCodes}`)
  for (const register of commands) register(program, session)
  for (const [path, command] of leaves(program))
    command.addHelpText('after', ['', 'Examples:', ...(examples[path] ?? []).map((line) => `  ${line}`)].join('\n'))
  return program
}
