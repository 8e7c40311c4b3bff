import { CommanderError } from 'commander'
import { exit, Failure } from '../api-client/failure.ts'
import { plain } from './output.ts'
import type { Ports } from './ports.ts'
import { programOf } from './program.ts'
import type { Session } from './session.ts'

/** Runs one command line; resolves to the exit code. What went wrong is told in one line on stderr. */
export async function run(args: readonly string[], ports: Ports): Promise<number> {
  const session: Session = { ports, exit: exit.done }
  try {
    await programOf(session).parseAsync([...args], { from: 'user' })
    return session.exit
  } catch (error) {
    return told(error, ports)
  }
}

function told(error: unknown, { stderr, signal }: Ports): number {
  if (error instanceof CommanderError) return misused(error, stderr)
  if (error instanceof Failure) {
    stderr.write(`outbox: ${plain(error.message)}\n`)
    return error.exit
  }
  if (signal.aborted) {
    stderr.write('outbox: interrupted\n')
    return exit.interrupted
  }
  stderr.write(`outbox: ${plain(error instanceof Error ? error.message : String(error))}\n`)
  return exit.refused
}

function misused({ code, message, exitCode }: CommanderError, stderr: Ports['stderr']): number {
  if (exitCode === 0) return exit.done
  // `outbox` alone: commander has shown the help already.
  if (code === 'commander.help') return exit.usage
  const line = plain(message.replace(/^error: /, '')).replace(/\.$/, '')
  stderr.write(`outbox: ${line}. \`outbox --help\`, or --help after a command, shows how to write it\n`)
  return exit.usage
}
