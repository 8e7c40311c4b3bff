import { type Command, Option } from 'commander'
import { jobsQuery } from '../../../functions/api/routes/jobs/schemas.ts'
import { addRange } from '../options.ts'
import { runs, type Session } from '../session.ts'
import { cancelJob } from './job-actions.ts'
import { getJob } from './jobs-get.ts'
import { listJobs } from './jobs-ls.ts'
import { replayJob } from './jobs-replay.ts'
import { waitForJob } from './jobs-wait.ts'

export function jobs(program: Command, session: Session): void {
  const group = program.command('jobs').helpCommand(false).description('jobs and their status')
  addRange(group.command('ls'))
    .description('list jobs, newest first')
    .option('--record <kind/id>', 'the jobs of one record instead, with any status: order/0198…')
    .addOption(
      new Option('--status <status>', 'only these (default: all, where the stage has jobIndex)').choices(
        jobsQuery.shape.status.unwrap().options,
      ),
    )
    .option('--lane <lane>', 'only jobs of this lane')
    .option('--id <prefix>', 'only jobs whose id begins like this')
    .option('--limit <n>', 'at most this many, up to 500', '50')
    .option('--cursor <cursor>', 'continue after the last page')
    .action(runs(session, listJobs))
  group
    .command('get')
    .description('show one job: status, attempts, errors, payload')
    .argument('<id>')
    .action(runs(session, getJob))
  group
    .command('wait')
    .description('wait until a job has ended: exit 0 if it succeeded, 1 if it is dead or cancelled or the time is over')
    .argument('<id>')
    .option('--timeout <span>', 'wait at most this long: 30s, 15m, 2h', '5m')
    .action(runs(session, waitForJob))
  group
    .command('cancel')
    .description('cancel a job that has not started')
    .argument('<id>')
    .option('--dry-run', 'only show the request')
    .action(runs(session, cancelJob))
  group
    .command('replay')
    .description('run a dead or cancelled job again, or a new job with another payload in its place')
    .argument('<id>')
    .option('--payload <json>', 'the payload of a new job, or - to read it from stdin')
    .option('--edit', 'edit the payload in $VISUAL or $EDITOR; leave [redacted] where a hidden value is to stay')
    .option('--idempotency-key <key>', 'with a payload: a repeated key returns the first new job again')
    .option('--dry-run', 'only show the request')
    .action(runs(session, replayJob))
}
