/** What refused requests have left behind: items that no success has answered for. */

import { apiAt } from '../../e2e/support/api.ts'
import { type Item, readTable } from '../chaos/tables.ts'

/** Records that the API creates on request, one each. What jobs write comes later, and has jobs to answer for it. */
const created = ['order', 'user', 'webhook']

export interface Accepted {
  /** Ids in the answers with a success. */
  readonly ids: ReadonlySet<string>
  /** Requests for a new password answer with nothing. */
  readonly passwordResets: number
}

type Snapshot = ReadonlySet<string>

const keyOf = ({ pk, sk }: Item) => JSON.stringify([pk, sk])

export async function takeSnapshot(awsUrl: string): Promise<Snapshot> {
  const tables = await Promise.all([readTable(awsUrl, 'outbox'), readTable(awsUrl, 'records')])
  return new Set(tables.flat().map(keyOf))
}

/** @returns the items, as JSON */
export async function leftovers(
  apiUrl: string,
  awsUrl: string,
  before: Snapshot,
  { ids, passwordResets }: Accepted,
): Promise<string[]> {
  const { body } = await apiAt(apiUrl).get<{ schedules: { type: string }[] }>('/schedules')
  const scheduled = new Set(body.schedules.map(({ type }) => type))
  const isNew = (item: Item) => !before.has(keyOf(item))
  const outbox = (await readTable(awsUrl, 'outbox')).filter(isNew)
  const records = (await readTable(awsUrl, 'records')).filter(isNew)
  const resets = outbox.filter(({ type }) => type === 'send-password-reset')
  // A job that another job caused has hops.
  const jobs = outbox.filter(
    ({ id, type, hops }) =>
      hops === 0 && !scheduled.has(String(type)) && type !== 'send-password-reset' && !ids.has(String(id)),
  )
  const things = records.filter(({ _kind, id }) => created.includes(String(_kind)) && !ids.has(String(id)))
  const left = [...jobs, ...things, ...resets.slice(passwordResets)]
  return left.map((item) => JSON.stringify(item))
}
