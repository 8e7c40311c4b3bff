import { type Command, Option } from 'commander'
import { batchesQuery, membersQuery } from '../../../functions/api/routes/batches/schemas.ts'
import { runs, type Session } from '../session.ts'
import { getBatch, sealBatch } from './batches-get.ts'
import { listMembers } from './batches-jobs.ts'
import { listBatches } from './batches-ls.ts'

export function batches(program: Command, session: Session): void {
  const group = program.command('batches').helpCommand(false).description('batches of jobs, and how far they are')
  group
    .command('ls')
    .description('list batches, newest first, with the counts of their members')
    .addOption(new Option('--status <status>', 'only these').choices(batchesQuery.shape.status.unwrap().options))
    .option('--limit <n>', 'at most this many, up to 100', '50')
    .option('--cursor <cursor>', 'continue after the last page')
    .action(runs(session, listBatches))
  group
    .command('get')
    .description('show one batch: its members by status, whether it is sealed, its callbacks')
    .argument('<id>')
    .action(runs(session, getBatch))
  group
    .command('jobs')
    .description('list the members of a batch with their results, in the order in which they were added')
    .argument('<id>')
    .addOption(
      new Option('--status <status>', 'only these; pending: has not ended').choices(
        membersQuery.shape.status.unwrap().options,
      ),
    )
    .option('--limit <n>', 'at most this many, up to 100', '100')
    .option('--cursor <cursor>', 'continue after the last page')
    .action(runs(session, listMembers))
  group
    .command('seal')
    .description('seal an open batch: it has all its members, so it can finish')
    .argument('<id>')
    .option('--dry-run', 'only show the request')
    .action(runs(session, sealBatch))
}
