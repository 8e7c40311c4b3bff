import { exit, Failure } from '../../api-client/failure.ts'
import type { Paint, Result } from '../output.ts'
import { confirm } from '../prompt.ts'
import { type Counts, redriveAll } from '../redrive.ts'
import { type Plan, planOf, type RedriveOptions } from '../redrive-plan.ts'
import type { Action } from '../session.ts'
import { groupTable, uncounted } from './dlq-ls.ts'

/** Counts what matches, asks, and redrives exactly that: what dies meanwhile is left for a person to look at. */
export const redriveDeadLetters: Action<RedriveOptions> = async ({ options, ports, api, output }) => {
  const client = await api()
  const plan = await planOf(options, client, ports)
  if (plan.matched === 0) return nothing(plan, options)
  if (options.dryRun) return counted(plan)
  if (!options.yes) {
    if (output === 'table') ports.stderr.write(`${counted(plan).text((_, text) => text, ports.stderr.columns)}\n`)
    await confirm(`Redrive ${letters(plan.matched)} on ${client.endpoint.url}?`, ports)
  }
  const counts = await redriveAll(plan, client, ports)
  return { json: counts, text: (paint) => summary(plan, counts, paint) }
}

export function letters(count: number): string {
  return `${count.toLocaleString('en')} dead ${count === 1 ? 'letter' : 'letters'}`
}

function nothing(plan: Plan, { id }: RedriveOptions): Result {
  if (id)
    throw new Failure(
      exit.refused,
      `${id.length === 1 ? `"${id[0]}" is not a dead letter` : `None of these ${id.length} ids is a dead letter`}: it is unknown, or no longer dead. \`outbox dlq ls\` lists those there are`,
    )
  return {
    json: { matched: 0, moved: 0, complete: true },
    text: () => `No dead letter matches ${plan.says}: nothing to do.`,
  }
}

function counted({ matched, groups, groupsComplete, says }: Plan): Result {
  return {
    json: { matched, moved: 0, complete: true, groups },
    text: (paint, columns) =>
      [
        ...(groups.length > 0 ? [groupTable(groups, paint, columns) + uncounted(groupsComplete), ''] : []),
        `${letters(matched)} match ${says}.`,
      ].join('\n'),
  }
}

function summary({ matched, says }: Plan, { moved }: Counts, paint: Paint): string {
  const left = matched - moved
  const rest = `The other ${left.toLocaleString('en')} were no longer dead when their turn came (did somebody else redrive them?), or are too old to be replayed.`
  return `${paint('green', '✓')} ${letters(moved)} of ${says} went back to their lanes.${left > 0 ? ` ${rest}` : ''}`
}
