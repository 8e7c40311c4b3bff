/** The members of a batch as a job reads them. */
import { memberPage } from '../batch/members.ts'
import { readBatch } from '../batch/read.ts'
import { refusalOf } from '../batch/seats.ts'
import type { BatchMembers, MemberPageOptions } from '../define/job-type.ts'
import type { Ids } from '../lib/id.ts'
import { pooled } from '../lib/pooled.ts'
import type { Store } from '../lib/ports.ts'
import type { Effect } from './effect.ts'

/** Effects that are read at the same time. */
const width = 16
const longestPage = 100

/** One page of the members that have started, in the order of their addition. @throws TypeError for a page that is not one */
export async function readMembers(
  deps: { readonly store: Pick<Store, 'get'>; readonly ids: Ids },
  batchId: string,
  { after = '0', limit = longestPage }: MemberPageOptions = {},
): Promise<BatchMembers> {
  const from = Number(after)
  if (!Number.isSafeInteger(from) || from < 0) throw new TypeError(`after is "${after}"; it must be the next of a page`)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= longestPage))
    throw new TypeError(`limit is ${limit}; it must be a whole number from 1 to ${longestPage}`)
  const batch = await readBatch(deps, batchId)
  if (!batch) throw new Error(refusalOf(batchId, undefined).message)
  const { ids, next } = await memberPage(deps, batchId, { from, limit, requests: batch.requests })
  const effects = await pooled(ids, width, (id) => latestEffect(deps.store, id))
  const members = effects.flatMap((effect) => (effect ? [memberOf(effect)] : []))
  return next === undefined ? { members } : { members, next: String(next) }
}

/** One that was replayed with another payload has left its place to the new job. */
async function latestEffect(store: Pick<Store, 'get'>, id: string): Promise<Effect | undefined> {
  const effect = (await store.get('effects', { pk: id })) as Effect | undefined
  return effect?.replayedAs === undefined ? effect : latestEffect(store, effect.replayedAs)
}

function memberOf({ pk, type, state, result, lastError }: Effect): BatchMembers['members'][number] {
  return {
    id: pk,
    type,
    status: state,
    ...(state === 'succeeded' && result !== undefined ? { result: JSON.parse(result) as unknown } : {}),
    ...(state === 'dead' && lastError !== undefined ? { error: lastError } : {}),
  }
}
