import type { Command } from 'commander'
import { addRange } from '../filter.ts'
import { runs, type Session } from '../session.ts'
import { listDeadLetters } from './dlq-ls.ts'
import { type RedriveOptions, redriveDeadLetters } from './dlq-redrive.ts'

export function dlq(program: Command, session: Session): void {
  const group = program.command('dlq').helpCommand(false).description('dead letters: jobs that failed for good')
  addRange(group.command('ls'))
    .description('how many died of what, and each of them, oldest first')
    .option('--limit <n>', 'at most so many, up to 500', '20')
    .option('--cursor <cursor>', 'go on where the last page ended')
    .action(runs(session, listDeadLetters))
  addRange(group.command('redrive'))
    .description('send dead jobs to their lanes again: those that match, after a question')
    .option('--error <text>', "only those of groups whose error contains this; '' for those without an error")
    .option('--id <id...>', 'just these')
    .option('--all', 'every one')
    .option('--dry-run', 'only count them')
    .option('--yes', 'do not ask')
    .action(runs<RedriveOptions>(session, redriveDeadLetters))
}
