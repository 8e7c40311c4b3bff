/** The dead jobs that a redrive sends, fixed before it begins. */

import { deadLetterList, type ErrorGroup, redriveResult } from '../../functions/api/routes/dead-letters/schemas.ts'
import type { Api } from '../api-client/client.ts'
import { exit, Failure } from '../api-client/failure.ts'
import { type Range, rangeOf } from './options.ts'
import { noError } from './output.ts'
import type { Ports } from './ports.ts'

export interface RedriveOptions extends Range {
  readonly error?: string
  readonly id?: readonly string[]
  readonly all?: boolean
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export interface Plan {
  /** Bodies for `POST /dead-letters/redrive`, each to be repeated until it is complete. */
  readonly steps: readonly object[]
  readonly matched: number
  /** By type and error; empty for single ids, which the API does not group. */
  readonly groups: readonly ErrorGroup[]
  /** False when there are so many that the API did not read them all for the groups. */
  readonly groupsComplete: boolean
  /** For a person: `type send-receipt`. */
  readonly says: string
  /** The options that mean the same dead jobs tomorrow. */
  readonly flags: string
}

export async function planOf(options: RedriveOptions, api: Api, ports: Pick<Ports, 'now'>): Promise<Plan> {
  const range = rangeOf(options, ports.now())
  refuseUnclear(options, range)
  if (options.id) return ofIds(options.id, api)
  const { groups, groupsComplete = true } = await api.get(deadLetterList, '/dead-letters', { ...range, limit: 1 })
  // What died until now and no later: what a redrive brings back may die of the same again, and would match for ever.
  const fixed = { ...range, until: range.until ?? endOfSecond(api.serverTime()) }
  if (options.error !== undefined)
    return { ...(await ofError(options.error, fixed, groups, range, api)), groupsComplete }
  return {
    steps: [fixed],
    matched: await countOf([fixed], api),
    groups,
    groupsComplete,
    says: saying(range),
    flags: flagsOf(fixed),
  }
}

function refuseUnclear({ id, all, error }: RedriveOptions, range: Range): void {
  const ways = [id !== undefined, all === true, Object.keys(range).length > 0 || error !== undefined]
  const count = ways.filter(Boolean).length
  if (count === 1) return
  const said = count === 0 ? 'No dead jobs are named' : 'These options contradict each other'
  throw new Failure(
    exit.usage,
    `${said}: choose by --type, --error, --since and --until, or single ones by --id, or --all. \`outbox dlq ls\` shows what there is`,
  )
}

/** As many as one request may hold with room to spare. */
const chunk = 500

async function ofIds(ids: readonly string[], api: Api): Promise<Plan> {
  const steps = chunks([...new Set(ids)])
  const matched = await countOf(steps, api)
  const says = ids.length === 1 ? `id ${ids[0]}` : `${ids.length} ids`
  return { steps, matched, groups: [], groupsComplete: true, says, flags: `--id ${ids.join(' ')}` }
}

/**
 * The API filters by the whole error of a group: one step for each group that contains the text. Every error contains the
 * empty one, which a shell makes of a variable that is not set: it means only the group that has no error.
 */
async function ofError(
  error: string,
  fixed: Range,
  all: readonly ErrorGroup[],
  range: Range,
  api: Api,
): Promise<Omit<Plan, 'groupsComplete'>> {
  const groups = all.filter((group) => (error === '' ? group.error === '' : group.error.includes(error)))
  const steps = groups.map(({ type, error }) => ({ ...fixed, type, error }))
  const matched = await countOf(steps, api)
  return { steps, matched, groups, says: saying({ ...range, error }), flags: flagsOf({ ...fixed, error }) }
}

async function countOf(steps: readonly object[], api: Api): Promise<number> {
  let matched = 0
  for (const step of steps)
    matched += (await api.post(redriveResult, '/dead-letters/redrive', { ...step, dryRun: true })).matched
  return matched
}

function chunks(ids: readonly string[]): { ids: readonly string[] }[] {
  return Array.from({ length: Math.ceil(ids.length / chunk) }, (_, i) => ({
    ids: ids.slice(i * chunk, (i + 1) * chunk),
  }))
}

/** The server's clock, told in whole seconds. */
function endOfSecond(time: Date): string {
  return new Date(Math.ceil((time.getTime() + 1) / 1000) * 1000).toISOString()
}

function saying(filter: Range & { readonly error?: string }): string {
  const parts = Object.entries(filter).map(([name, value]) => `${name} ${value || noError}`)
  return parts.length === 0 ? 'all' : parts.join(', ')
}

function flagsOf(filter: Range & { readonly error?: string }): string {
  return Object.entries(filter)
    .map(([name, value]) => `--${name} ${/^[\w.:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`)
    .join(' ')
}
