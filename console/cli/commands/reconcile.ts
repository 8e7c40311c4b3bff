import type { Command } from 'commander'
import { reconcileStarted } from '../../../functions/api/routes/actions/schemas.ts'
import { dryRun } from '../output.ts'
import { type Action, runs, type Session } from '../session.ts'

export function reconcile(program: Command, session: Session): void {
  program
    .command('reconcile')
    .description('find jobs that lost their message now, and send them again')
    .option('--dry-run', 'only show the request')
    .action(runs(session, reconcileNow))
}

export const reconcileNow: Action = async ({ options, api, endpoint }) => {
  if (options.dryRun) return dryRun('POST', '/reconcile', await endpoint())
  const json = await (await api()).post(reconcileStarted, '/reconcile')
  return {
    json,
    text: (paint) =>
      `${paint('green', '✓')} The reconciler runs. What it finds it sends again, names in its log and counts in the metric unrelayed.`,
  }
}
