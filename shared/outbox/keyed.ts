/** The writes of a request with an Idempotency-Key, and what its repetition finds. */

import { ChangeRefusedError } from '../define/errors.ts'
import { type Ids, outboxKey } from '../lib/id.ts'
import { expiresAfter } from '../lib/lifetimes.ts'
import type { Store } from '../lib/ports.ts'
import { type Item, keyOf, type TransactWrite, transactionProblem, type Write, writeLimits } from '../lib/write.ts'
import type { Change } from './change.ts'
import type { Gone, KeyReused } from './command-result.ts'
import {
  isMark,
  isProof,
  type KeyedRequest,
  markAhead,
  markKey,
  markWrite,
  matchOf,
  tagged,
  untagged,
} from './request-mark.ts'
import type { Merged } from './unique/round.ts'

/** The writes of a request. */
export interface Keyed {
  /** One transaction. */
  readonly writes: readonly TransactWrite[]
  /** The mark, where the transaction is full without it: written before it. */
  readonly ahead?: Write
  /** The place where the same key leaves its trace when the change has another shape: other code, or another body. */
  readonly elsewhere?: { readonly table: 'records' | 'outbox'; readonly key: { pk: string; sk: string } }
}

/** The result of an earlier request with the key. */
export type Remembered = { readonly kind: 'replayed'; readonly item: Item } | Gone | KeyReused

interface Deps {
  readonly store: Store
  readonly ids: Ids
  /** Seconds. */
  readonly outboxLifetime: number
}

/**
 * The writes of a change under a key. A change that creates a record and causes a job needs nothing more: both name the
 * request, and the job's key follows from it. Every other change has the mark as its first write (2 write units). So has one
 * with unique jobs, for those that are merged leave no item of their own.
 *
 * @param merged unique jobs of the change that are merged; `undefined` if it has no unique jobs
 * @throws ChangeRefusedError when it is too much for one transaction
 */
export function keyedWrites(
  { ids, outboxLifetime }: Deps,
  request: KeyedRequest,
  change: Change,
  planned: readonly TransactWrite[],
  merged?: readonly Merged[],
): Keyed {
  const writes = planned.map((write) => (isOwn(write, change, planned) ? tagged(write, request) : write))
  const witness = outboxKey(ids.derive(request.id, 'job', 0))
  const hasWitness = writes.some((write) => write.table === 'outbox' && keyOf(write).sk === witness.sk)
  if (createsRecord(change) && hasWitness && !merged) {
    return checked({ writes, elsewhere: { table: 'records', key: markKey(request.id) } })
  }
  const expiresAt = lastExpiry(planned) ?? expiresAfter(request.now, outboxLifetime)
  const elsewhere = change.records?.length ? { elsewhere: { table: 'outbox' as const, key: witness } } : {}
  const isFull = writes.length === writeLimits.actions
  if (isFull && (merged || !writes.some(({ table }) => table === 'outbox'))) {
    const what = merged ? 'records and jobs, of which each unique job is two writes,' : 'records'
    throw new ChangeRefusedError(
      `${writes.length} ${what} leave no room for the mark of the Idempotency-Key in a transaction of ${writeLimits.actions} writes: write ${writeLimits.actions - 1} at most, or split the change`,
    )
  }
  return isFull
    ? checked({ writes, ahead: markAhead(request, expiresAt), ...elsewhere })
    : checked({ writes: [markWrite(request, expiresAt, merged), ...writes], ...elsewhere })
}

/** Jobs, and the record that the change creates first. Other records name no request: they may be anybody's the next day. */
function isOwn(write: TransactWrite, change: Change, planned: readonly TransactWrite[]): boolean {
  return write.table === 'outbox' || (createsRecord(change) && write === planned[0])
}

function createsRecord({ records }: Change): boolean {
  return records?.[0]?.kind === 'create'
}

function checked(keyed: Keyed): Keyed {
  const problem = transactionProblem(keyed.writes)
  if (problem) throw new ChangeRefusedError(problem)
  return keyed
}

function lastExpiry(writes: readonly TransactWrite[]): number | undefined {
  const times = writes.flatMap((write) =>
    write.table === 'outbox' && write.op === 'put' ? [Number(write.item.expiresAt)] : [],
  )
  return times.length > 0 ? Math.max(...times) : undefined
}

/** The result of the key so far, if it shows only next to the writes of the change. */
export async function rememberedElsewhere(
  { store }: Deps,
  request: KeyedRequest,
  change: Change,
  planned: readonly Write[],
  { ahead, elsewhere }: Keyed,
): Promise<Remembered | undefined> {
  const found = elsewhere && (await readElsewhere(store, elsewhere))
  if (matchOf(found, request) !== 'none') return remembered(store, request, change, planned, [found])
  const result = ahead && (await store.write(ahead))
  if (result?.kind !== 'refused') return undefined
  // One that was written ahead as well: the same body goes on, and meets its own items if it went through before.
  const isOpen = result.met && matchOf(result.met, request) === 'same' && !isProof(result.met)
  return isOpen ? undefined : remembered(store, request, change, planned, [result.met])
}

/**
 * The result of the key so far, for a change that cannot be written any more: its batch was sealed.
 *
 * @param planned the writes that it would have had
 */
export async function rememberedAnyway(
  store: Store,
  request: KeyedRequest,
  change: Change,
  planned: readonly Write[],
): Promise<Remembered | undefined> {
  const [first] = planned
  const [mark, item] = await Promise.all([
    store.get('records', markKey(request.id)),
    first && store.get(first.table, keyOf(first)),
  ])
  // A mark that was written ahead proves nothing alone.
  const met = mark && !isProof(mark) && matchOf(item, request) === 'none' ? [item] : [mark, item]
  return remembered(store, request, change, planned, met)
}

/** A function that may only write jobs (grantCommit) finds none there. */
async function readElsewhere(store: Store, { table, key }: NonNullable<Keyed['elsewhere']>): Promise<Item | undefined> {
  try {
    return await store.get(table, key)
  } catch (error) {
    if (table === 'outbox' && (error as Error).name === 'AccessDeniedException') return undefined
    throw error
  }
}

/**
 * The result of the key so far, from the items that the writes met; `undefined` if none of them is the request's.
 *
 * @param planned the writes of the change, records first
 */
export async function remembered(
  store: Store,
  request: KeyedRequest,
  change: Change,
  planned: readonly Write[],
  met: readonly (Item | undefined)[],
): Promise<Remembered | undefined> {
  const ours = met.filter((item) => matchOf(item, request) !== 'none')
  const [first] = ours
  if (!first) return undefined
  if (ours.some((item) => matchOf(item, request) !== 'same')) return { kind: 'key-reused' }
  if (!change.records?.length) return { kind: 'replayed', item: untagged(await markAmong(store, request, ours, first)) }
  // Asked again: of two things in the way of a transaction, DynamoDB may name one.
  const record = await store.get('records', keyOf(planned[0] as Write))
  const isOther = createsRecord(change) && record?._request !== undefined && matchOf(record, request) === 'none'
  return record && !isOther ? { kind: 'replayed', item: untagged(record) } : { kind: 'gone' }
}

/** The mark of the request, which has the merged jobs, or else one of its items: DynamoDB may name one thing of several. */
async function markAmong(store: Store, request: KeyedRequest, ours: readonly (Item | undefined)[], first: Item) {
  const found = ours.find((item) => item && isMark(item, request))
  if (found || first.uniqueKey === undefined) return found ?? first
  return (await store.get('records', markKey(request.id))) ?? first
}
