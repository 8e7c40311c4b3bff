import type { Api } from '../../api-client/client.ts'
import { exit, Failure } from '../../api-client/failure.ts'
import type { Paint, Result } from '../output.ts'
import type { Ports } from '../ports.ts'
import { confirm } from '../prompt.ts'
import { type Counts, redriveAll } from '../redrive.ts'
import { type Plan, planOf, type RedriveOptions } from '../redrive-plan.ts'
import type { Action } from '../session.ts'
import { groupTable, uncounted } from './dlq-ls.ts'

/** Counts what matches, asks, and redrives exactly that: what dies meanwhile is left for a person to look at. */
export const redriveDeadLetters: Action<RedriveOptions> = async ({ options, ports, api, output }) => {
  const client = await api()
  const plan = await planOf(options, client, ports)
  if (plan.matched === 0) return options.all && !options.dryRun ? tidied(plan, client, ports) : nothing(plan, options)
  if (options.dryRun) return counted(plan)
  if (!options.yes) {
    if (output === 'table') ports.stderr.write(`${counted(plan).text((_, text) => text, ports.stderr.columns)}\n`)
    await confirm(`Redrive ${deadJobs(plan.matched)} on ${client.endpoint.url}?`, ports)
  }
  const counts = await redriveAll(plan, client, ports)
  return { json: counts, text: (paint) => summary(plan, counts, paint) }
}

function deadJobs(count: number): string {
  return `${count.toLocaleString('en')} dead ${count === 1 ? 'job' : 'jobs'}`
}

/** No job is dead, but dead letters of jobs that went on may be left: a redrive of the API removes them. */
async function tidied(plan: Plan, api: Api, ports: Ports): Promise<Result> {
  const counts = await redriveAll(plan, api, ports)
  return {
    json: counts,
    text: () => 'No job is dead. Dead letters that were left of other jobs are removed.',
  }
}

function nothing(plan: Plan, { id }: RedriveOptions): Result {
  if (id)
    throw new Failure(
      exit.refused,
      `${id.length === 1 ? `"${id[0]}" is not a dead job` : `None of these ${id.length} ids is a dead job`}: it is unknown, or no longer dead. \`outbox dlq ls\` lists those there are`,
    )
  return {
    json: { matched: 0, moved: 0, complete: true },
    text: () => `No dead job matches ${plan.says}: nothing to do.`,
  }
}

function counted({ matched, groups, groupsComplete, says }: Plan): Result {
  return {
    json: { matched, moved: 0, complete: true, groups },
    text: (paint, columns) =>
      [
        ...(groups.length > 0 ? [groupTable(groups, paint, columns) + uncounted(groupsComplete), ''] : []),
        `${deadJobs(matched)} ${matched === 1 ? 'matches' : 'match'} ${says}.`,
      ].join('\n'),
  }
}

function summary({ matched, says }: Plan, { moved }: Counts, paint: Paint): string {
  const left = matched - moved
  const rest = `The other ${left.toLocaleString('en')} were no longer dead when their turn came (did somebody else redrive them?), or are too old to be replayed.`
  return `${paint('green', '✓')} ${deadJobs(moved)} of ${says} went back to their lanes.${left > 0 ? ` ${rest}` : ''}`
}
