/**
 * Settles the end of a member in its shard. To settle it again changes nothing. Each step starts from what is stored, so a
 * repetition completes what a process that died has left.
 */
import { outcomeOf, retry } from '../lib/retry.ts'
import { closeShard } from './close.ts'
import { type ShardItem, shardKey, type Update } from './items.ts'
import type { Member } from './planned.ts'
import { readShard } from './read.ts'
import { type BatchDeps, stateCheck, transact } from './transact.ts'

/** How a member ended. */
export type MemberEnd = 'succeeded' | 'dead' | 'cancelled'

/** A job that may be a member of a batch. */
interface Job {
  readonly id: string
  readonly batch?: Member
}

/**
 * Settles a job that has ended, if it is a member of a batch. Call it after the end is written, and before anything forgets the
 * job: its message is acknowledged after it.
 *
 * @param end read from the effect of the job
 * @throws what the tables threw last
 */
export async function settle(deps: BatchDeps, { id, batch }: Job, end: MemberEnd): Promise<void> {
  if (!batch) return
  const limits = { pace, until: deps.clock.now().getTime() + timeoutMs }
  const outcome = await retry(
    deps.clock,
    limits,
    () => outcomeOf(() => settleOnce(deps, { id, batch }, end)),
    ({ status }) => status === 'rejected',
  )
  if (outcome.status === 'rejected') throw outcome.reason
}

/** Faults of the tables are waited out for so long: otherwise the batch waits until the message comes back. ms. */
const timeoutMs = 5_000
const pace = { baseSeconds: 0.05, capSeconds: 1 }

async function settleOnce(deps: BatchDeps, { id, batch }: Required<Job>, end: MemberEnd): Promise<void> {
  const shard = end === 'succeeded' ? await settleSuccess(deps, batch) : await settleFailure(deps, { id, batch }, end)
  if (shard) await closeShard(deps, batch, shard)
}

/** A success is final, so a plain write is enough. @returns the shard; `undefined` if the batch has expired */
async function settleSuccess({ store }: BatchDeps, member: Member): Promise<ShardItem | undefined> {
  const text = 'DELETE pending :member, dead :member, cancelled :member'
  const result = await store.write(updateOf(member, text, 'attribute_exists(pk)'))
  return result.kind === 'written' ? (result.item as unknown as ShardItem) : undefined
}

/**
 * A dead or cancelled member may be brought back by an operator at any moment. Then a late settlement of its former end must
 * not count, so it is written only while the job is in that state.
 */
async function settleFailure(
  deps: BatchDeps,
  { id, batch }: Required<Job>,
  end: 'dead' | 'cancelled',
): Promise<ShardItem | undefined> {
  const other = end === 'dead' ? 'cancelled' : 'dead'
  const written = await transact(deps, [
    updateOf(batch, `ADD ${end} :member DELETE pending :member, ${other} :member`, 'attribute_exists(pk)'),
    stateCheck(id, end),
  ])
  if (written !== 'written') return undefined
  return readShard(deps, batch)
}

function updateOf({ id, shard, member }: Member, text: string, condition: string): Update {
  return {
    op: 'update',
    table: 'effects',
    key: shardKey(id, shard),
    update: { text, values: { ':member': new Set([member]) } },
    condition: { text: condition },
  }
}
