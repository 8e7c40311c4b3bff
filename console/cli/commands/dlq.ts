import type { Command } from 'commander'
import { addRange } from '../options.ts'
import type { RedriveOptions } from '../redrive-plan.ts'
import { runs, type Session } from '../session.ts'
import { listDeadLetters } from './dlq-ls.ts'
import { redriveDeadLetters } from './dlq-redrive.ts'

export function dlq(program: Command, session: Session): void {
  const group = program.command('dlq').helpCommand(false).description('dead jobs: jobs that failed permanently')
  addRange(group.command('ls'))
    .description('list dead jobs, oldest first, with a count for each error')
    .option('--limit <n>', 'at most this many, up to 500', '20')
    .option('--cursor <cursor>', 'continue after the last page')
    .action(runs(session, listDeadLetters))
  addRange(group.command('redrive'))
    .description('send the matching dead jobs to their lanes again, after a question')
    .option('--error <text>', "only jobs whose error contains this; '' for jobs without an error")
    .option('--id <id...>', 'only these jobs')
    .option('--all', 'all dead jobs')
    .option('--dry-run', 'only count them')
    .option('--yes', 'do not ask')
    .action(runs<RedriveOptions>(session, redriveDeadLetters))
}
