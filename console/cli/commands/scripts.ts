import type { Command } from 'commander'
import { type Action, runs, type Session } from '../session.ts'

export function start(program: Command, session: Session): void {
  program
    .command('start')
    .description('run a whole stack on this machine, as `npm start` does (PORT, AWS_PORT and DATA_DIR change where)')
    .action(runs(session, (context) => script(session, 'start', context)))
}

export function demo(program: Command, session: Session): void {
  program
    .command('demo')
    .description(
      'tell the story of a job on a stack of its own, or with --url and AWS_ENDPOINT_URL on a local one that runs',
    )
    .action(runs(session, (context) => script(session, 'demo', context)))
}

/** Passes on how the script ended: its words are its own. */
async function script(session: Session, name: string, { options, ports }: Parameters<Action>[0]): Promise<undefined> {
  session.exit = await ports.script(name, options.url ? { API_URL: options.url } : {})
}
