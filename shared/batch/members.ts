/** The jobs of a batch, by their numbers. */
import type { Ids } from '../lib/id.ts'
import { pooled } from '../lib/pooled.ts'
import type { Store } from '../lib/ports.ts'
import { shardsOf } from './counts.ts'
import { type BatchItem, mostJobs, type RosterItem, rosterKey } from './items.ts'

/** The jobs of one request for members. */
export interface Roster {
  /** Number of the request. */
  readonly request: number
  /** Ids of its jobs, in their order. Not all of them need exist: some were merged, or the request was not written. */
  readonly ids: readonly string[]
  /** When it was written, in ms since the epoch. */
  readonly at: number
  /** Whether its members were announced before the transaction of the jobs. */
  readonly ahead: boolean
}

/** Reads the jobs of a request; `undefined` if the request had none, or was never written. */
export async function readRoster(
  { store, ids }: { readonly store: Pick<Store, 'get'>; readonly ids: Ids },
  batchId: string,
  request: number,
): Promise<Roster | undefined> {
  const item = (await store.get('effects', rosterKey(batchId, request))) as RosterItem | undefined
  if (!item) return undefined
  const { change = '', first = 0, count = 0 } = item
  const derived = () => Array.from({ length: count }, (_, n) => ids.derive(change, 'job', first + n))
  return { request, ids: item.ids ?? derived(), at: item.at, ahead: item.ahead ?? false }
}

/** The request that a member was added by, and its position among the jobs of it. */
export function seatOf(member: number): { readonly request: number; readonly n: number } {
  return { request: Math.floor(member / mostJobs), n: member % mostJobs }
}

/** Ids of members in the order of their addition, and where the next page begins. */
export interface MemberPage {
  readonly ids: readonly string[]
  /** A member's number; absent at the end. */
  readonly next?: number
}

/**
 * One page of members' ids. Not each of them is a job: see {@link Roster}.
 *
 * @param page `from`: number of the first member; `requests`: number of requests for members so far
 */
export async function memberPage(
  deps: { readonly store: Pick<Store, 'get'>; readonly ids: Ids },
  batchId: string,
  { from, limit, requests }: { readonly from: number; readonly limit: number; readonly requests: number },
): Promise<MemberPage> {
  const found: string[] = []
  let { request, n } = seatOf(from)
  for (; request < requests && found.length < limit; request++, n = 0) {
    const ids = (await readRoster(deps, batchId, request))?.ids ?? []
    const taken = ids.slice(n, n + limit - found.length)
    found.push(...taken)
    if (n + taken.length < ids.length) return { ids: found, next: request * mostJobs + n + taken.length }
  }
  return request < requests ? { ids: found, next: request * mostJobs } : { ids: found }
}

/** Rosters that are read at the same time. */
const width = 16

/**
 * One page of the ids of members that have not ended, or that are dead or cancelled, as their shards say. It reads no other
 * member: ten dead ones of 10,000 are one page.
 *
 * @param page `from`: the lowest number of a member
 */
export async function memberPageOf(
  deps: { readonly store: Pick<Store, 'get'>; readonly ids: Ids },
  batchId: string,
  batch: Pick<BatchItem, 'shards'>,
  {
    set,
    from,
    limit,
  }: { readonly set: 'pending' | 'dead' | 'cancelled'; readonly from: number; readonly limit: number },
): Promise<MemberPage> {
  const shards = await shardsOf(deps.store, batchId, batch)
  const numbers = shards.flatMap(({ item }) => [...(item[set] ?? [])]).filter((member) => member >= from)
  const sorted = numbers.sort((a, b) => a - b)
  const page = sorted.slice(0, limit)
  const requests = [...new Set(page.map((member) => seatOf(member).request))]
  const rosters = new Map(
    await pooled(requests, width, async (request) => [request, await readRoster(deps, batchId, request)] as const),
  )
  const ids = page.flatMap((member) => rosters.get(seatOf(member).request)?.ids[seatOf(member).n] ?? [])
  return { ids, next: sorted[limit] }
}
