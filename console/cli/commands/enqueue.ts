import type { Command } from 'commander'
import { jobReceipt } from '../../../functions/api/routes/jobs/schemas.ts'
import { dryRun } from '../output.ts'
import { type Action, runs, type Session } from '../session.ts'
import { duration } from '../time.ts'
import { readPayload } from './payload.ts'

interface EnqueueOptions {
  readonly delay?: string
  readonly runAt?: string
  readonly lane?: string
  readonly group?: string
  readonly tenant?: string
  readonly idempotencyKey?: string
}

export function enqueue(program: Command, session: Session): void {
  program
    .command('enqueue')
    .description('write a job to the outbox')
    .argument('<type>', 'job type, such as send-receipt')
    .argument('[payload]', 'JSON, or - to read it from stdin', '{}')
    .option('--delay <span>', 'start it after this time: 30s, 15m, 2h, 1d')
    .option('--run-at <time>', 'start it at this time: 2026-11-30T03:00:00Z')
    .option('--lane <name>', "another lane of the same kind as the type's own")
    .option('--group <name>', 'on an ordered lane: jobs of a group run one after the other')
    .option('--tenant <name>', 'the tenant of the job, for a fair share of the lane')
    .option('--idempotency-key <key>', 'a repeated key returns the first job again')
    .option('--dry-run', 'only show the request')
    .action(runs<EnqueueOptions>(session, enqueueJob))
}

export const enqueueJob: Action<EnqueueOptions> = async ({
  ports,
  options,
  args: [type, payload = '{}'],
  api,
  endpoint,
}) => {
  const { delay, runAt, lane, group, tenant } = options
  const body = {
    type,
    payload: await readPayload(payload, ports),
    delaySeconds: delay === undefined ? undefined : duration(delay, '--delay'),
    runAt,
    lane,
    group,
    tenant,
  }
  if (options.dryRun) return dryRun('POST', '/jobs', await endpoint(), body)
  // Also where nobody gave a key: then a try that is repeated because the API was busy cannot make two jobs.
  const key = options.idempotencyKey ?? ports.newId()
  const made = await (await api()).post(jobReceipt, '/jobs', body, { 'idempotency-key': key })
  return { json: made, text: (paint) => `${paint('green', '✓')} Job ${made.id} (${made.type}) is ${made.status}.` }
}
