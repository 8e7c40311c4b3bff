import type { Command } from 'commander'
import { exit, Failure } from '../../api-client/failure.ts'
import { codeOf } from '../../api-client/unreachable.ts'
import { jsonText } from '../output.ts'
import { serveConsole } from '../serve/console-server.ts'
import { type Action, runs, type Session } from '../session.ts'

interface ConsoleOptions {
  readonly port?: string
}

export function consoleServer(program: Command, session: Session): void {
  program
    .command('console')
    .description('open the web console on this machine, for any stack, with your own credentials')
    .option('--port <port>', 'the port on 127.0.0.1 (default: a free one)')
    .action(runs<ConsoleOptions>(session, serve))
}

const serve: Action<ConsoleOptions> = async ({ ports, options, endpoint, output }) => {
  const port = portOf(options.port)
  const where = await endpoint()
  const files = await ports.builtConsole().catch((error: unknown) => {
    throw unbuilt(error)
  })
  // Anyone on this machine could act through a server that signs; the key in the address keeps it to one person.
  const key = where.sign ? ports.newId() : undefined
  const server = await serveConsole({ endpoint: where, files, port, key }, ports).catch((error) => {
    throw inUse(error, port)
  })
  ports.stdout.write(
    output === 'json'
      ? `${jsonText({ url: server.url, api: where.url })}\n`
      : `The console of ${where.url}:\n\n  ${server.url}\n\nCtrl-C ends it.\n`,
  )
  await new Promise<void>((resolve) => {
    if (ports.signal.aborted) resolve()
    ports.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.close()
  return undefined
}

function portOf(text = '0'): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new Failure(exit.usage, `--port ${text} is not a valid port. Give a number up to 65535`)
}

function inUse(error: unknown, port: number): unknown {
  if (codeOf(error) !== 'EADDRINUSE') return error
  return new Failure(exit.refused, `Port ${port} is in use. Give another with --port, or none for a free one`)
}

function unbuilt(error: unknown): Failure {
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]
  return new Failure(exit.refused, `The web console cannot be built: ${why}. Run \`npm ci\`, then this command again`)
}
