/**
 * Batches that have not succeeded, checked every hour. A member's end may not be settled: its message was lost in between, or a
 * process died. A seal may be half done, and members may have been announced for a transaction that was never written.
 */
import type { BatchIndex, BatchPlace } from '../batch/batch-pages.ts'
import { closeShard } from '../batch/close.ts'
import { shardsOf } from '../batch/counts.ts'
import { batchPartitions } from '../batch/index-keys.ts'
import { type BatchItem, batchIdOf, batchKey, type ShardItem, shardKey } from '../batch/items.ts'
import { type Roster, readRoster, seatOf } from '../batch/members.ts'
import type { Member } from '../batch/planned.ts'
import { readBatch, readShard } from '../batch/read.ts'
import { sealShards } from '../batch/seal.ts'
import { type MemberEnd, settle } from '../batch/settle.ts'
import { batchStatus } from '../batch/status.ts'
import type { BatchDeps } from '../batch/transact.ts'
import { effectOf } from '../execution/effect/lives.ts'
import type { Effect } from '../execution/effect.ts'
import { errorLine } from '../lib/error-line.ts'
import { outboxKey } from '../lib/id.ts'
import { pooled } from '../lib/pooled.ts'
import { outcomeOf } from '../lib/retry.ts'
import type { Item, Write } from '../lib/write.ts'

export interface ReconcileBatchesDeps extends BatchDeps {
  readonly batches: BatchIndex
  /** Several effects; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  /** Whole outbox items by their keys; what does not exist is left out. */
  readonly items: (keys: readonly { readonly pk: string; readonly sk: string }[]) => Promise<readonly Item[]>
}

/** What was found of batches. */
export interface BatchFindings {
  /** Open batches that nobody has sealed for a day. */
  readonly unsealed: readonly string[]
  /** Batches whose check failed, and why. The next hour checks them again. */
  readonly unchecked: readonly string[]
  /** False when time ran out. */
  readonly complete: boolean
}

export const noFindings: BatchFindings = { unsealed: [], unchecked: [], complete: true }

/** A request is over after so long, in ms: what it has not written by then, it never writes. */
const settled = 3_600_000
/** An open batch counts as forgotten after so long, in ms. */
const longestOpen = 86_400_000

const pageSize = 100
/** Batches of a partition that are checked at the same time. */
const width = 2

/** Checks all batches that have not succeeded. @param until when it must end, in ms since the epoch */
export async function reconcileBatches(deps: ReconcileBatchesDeps, until: number): Promise<BatchFindings> {
  const found = await Promise.all(
    batchPartitions(['live']).map((partition) => reconcilePartition(deps, partition, until)),
  )
  return {
    unsealed: found.flatMap(({ unsealed }) => unsealed),
    unchecked: found.flatMap(({ unchecked }) => unchecked),
    complete: found.every(({ complete }) => complete),
  }
}

async function reconcilePartition(
  deps: ReconcileBatchesDeps,
  partition: string,
  until: number,
): Promise<BatchFindings> {
  const now = deps.clock.now().getTime()
  const latest = new Date(now - settled).toISOString()
  const unsealed: string[] = []
  const unchecked: string[] = []
  let after: BatchPlace | undefined
  do {
    const page = await deps.batches.query(partition, { after, limit: pageSize })
    const old = page.filter(({ batchesAt }) => batchesAt <= latest)
    await pooled(old, width, async ({ pk }) => {
      const id = batchIdOf(pk)
      // One batch that cannot be checked holds up no other, and not the search for lost jobs.
      const outcome = await outcomeOf(() => reconcileBatch(deps, id, now))
      if (outcome.status === 'rejected') unchecked.push(`${id}: ${errorLine(outcome.reason)}`)
      else if (outcome.value === 'forgotten') unsealed.push(id)
    })
    // They are in the order of their creation.
    after = old.length === pageSize ? page.at(-1) : undefined
    if (after && deps.clock.now().getTime() > until) return { unsealed, unchecked, complete: false }
  } while (after)
  return { unsealed, unchecked, complete: true }
}

/** Does what is left to do for a batch. @returns `forgotten` if nobody has sealed it for long */
async function reconcileBatch(deps: ReconcileBatchesDeps, id: string, now: number): Promise<'fine' | 'forgotten'> {
  const batch = await readBatch(deps, id)
  if (!batch) return 'fine'
  const rosters = new Map<number, Promise<Roster | undefined>>()
  for (const { shard, item } of await shardsOf(deps.store, id, batch))
    await reconcileShard(deps, { id, shard, item, now, rosters })
  if (batch.ahead && (await hasNoMember(deps, id, batch))) {
    await deps.store.write({ op: 'delete', table: 'effects', key: batchKey(id), condition: neverFinished })
    return 'fine'
  }
  await sealShards(deps, id)
  const isForgotten = batchStatus(batch) === 'open' && Date.parse(batch.createdAt) <= now - longestOpen
  return isForgotten ? 'forgotten' : 'fine'
}

/** It was written before the transaction of its members, which never came. */
const neverFinished = { text: 'attribute_exists(ahead) AND attribute_not_exists(finishedAt)' }

async function hasNoMember({ store }: ReconcileBatchesDeps, id: string, batch: BatchItem): Promise<boolean> {
  return (await shardsOf(store, id, batch)).every(({ item: { members = 0 } }) => members === 0)
}

interface Shard {
  readonly id: string
  readonly shard: number
  readonly item: ShardItem
  readonly now: number
  /** The rosters that were read so far. */
  readonly rosters: Map<number, Promise<Roster | undefined>>
}

async function reconcileShard(deps: ReconcileBatchesDeps, shard: Shard): Promise<void> {
  const { pending = new Set<number>(), dead = new Set<number>(), cancelled = new Set<number>() } = shard.item
  const unsure = [...pending, ...dead, ...cancelled]
  for (const [request, members] of Map.groupBy(unsure, (member) => seatOf(member).request))
    await reconcileMembers(deps, shard, request, members)
  // As it is now: what a process left undone between a member's end and its batch is done here.
  const item = await readShard(deps, shard)
  if (item) await closeShard(deps, shard, item)
}

/** Settles the members of one request whose ends are not what the shard says. */
async function reconcileMembers(
  deps: ReconcileBatchesDeps,
  { id, shard, item, now, rosters }: Shard,
  request: number,
  members: readonly number[],
): Promise<void> {
  const known = rosters.get(request) ?? readRoster(deps, id, request)
  rosters.set(request, known)
  const roster = await known
  if (!roster) return
  const jobs = members.map((member) => ({ member, id: roster.ids[seatOf(member).n] ?? '' }))
  const gone = roster.ahead && roster.at <= now - settled ? await goneOf(deps, jobs) : new Set<number>()
  const there = jobs.filter(({ member }) => !gone.has(member))
  const effects = await latestEffects(deps, there)
  for (const { member } of there) {
    const effect = effectOf({ createdAt: new Date(roster.at).toISOString() }, effects.get(member))
    const end = endOf(effect)
    const batch = { id, shard, member }
    if (effect && end && !isSettled(item, member, end)) await settle(deps, { id: effect.pk, batch }, end)
  }
  if (gone.size > 0) await deps.store.write(withdrawWrite({ id, shard }, [...gone]))
}

/** The effects of members. One that was replayed with another payload has left its place to the new job. */
async function latestEffects(
  { effects }: ReconcileBatchesDeps,
  jobs: readonly MemberJob[],
): Promise<ReadonlyMap<number, Effect>> {
  const found = new Map<number, Effect>()
  for (let left = jobs; left.length > 0; ) {
    const read = new Map((await effects(left.map(({ id }) => id))).map((effect) => [effect.pk, effect]))
    left = left.flatMap(({ member, id }) => {
      const effect = read.get(id)
      if (effect) found.set(member, effect)
      else found.delete(member)
      return effect?.replayedAs === undefined ? [] : [{ member, id: effect.replayedAs }]
    })
  }
  return found
}

interface MemberJob {
  readonly member: number
  readonly id: string
}

/** Members that were announced ahead of a transaction which was never written, or was written by another try of the request. */
async function goneOf({ items, effects }: ReconcileBatchesDeps, jobs: readonly MemberJob[]): Promise<Set<number>> {
  const keys = jobs.map(({ id }) => outboxKey(id))
  const found = new Map((await items(keys)).map((item) => [item.sk, item.batch as Partial<Member> | undefined]))
  const missing = jobs.filter(({ id }) => !found.has(id))
  // An item may have expired; then the effect is left.
  const known = new Set((await effects(missing.map(({ id }) => id))).map(({ pk }) => pk))
  const isThere = ({ id, member }: MemberJob) => (found.has(id) ? found.get(id)?.member === member : known.has(id))
  return new Set(jobs.filter((job) => !isThere(job)).map(({ member }) => member))
}

function endOf(effect: Effect | undefined): MemberEnd | undefined {
  const state = effect?.state
  return state === 'succeeded' || state === 'dead' || state === 'cancelled' ? state : undefined
}

function isSettled({ pending, dead, cancelled }: ShardItem, member: number, end: MemberEnd): boolean {
  if (pending?.has(member) || end === 'succeeded') return false
  return (end === 'dead' ? dead : cancelled)?.has(member) ?? false
}

/** Takes members out of their shard. All of them stand there, or none: a second withdrawal is refused. */
function withdrawWrite(
  { id, shard }: { readonly id: string; readonly shard: number },
  members: readonly number[],
): Write {
  return {
    op: 'update',
    table: 'effects',
    key: shardKey(id, shard),
    update: {
      text: 'DELETE pending :numbers ADD members :less',
      values: { ':numbers': new Set(members), ':less': -members.length },
    },
    condition: { text: 'contains(pending, :first)', values: { ':first': members[0] } },
    quiet: true,
  }
}
