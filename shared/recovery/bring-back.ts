/**
 * A job that an operator brings back: its batch waits for it again, and it takes its unique key again, if the job of its key
 * would otherwise not be the only one.
 */
import { bringBackWrites, leaveAsItWas } from '../batch/bring-back.ts'
import type { Member } from '../batch/planned.ts'
import type { Registry } from '../define/registry.ts'
import type { Ids } from '../lib/id.ts'
import { uniqueItemKey } from '../lib/names.ts'
import type { Clock, Store } from '../lib/ports.ts'
import type { Write } from '../lib/write.ts'
import { commit } from '../outbox/commit.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { type Taker, takeKeyWrite } from '../outbox/unique/key-item.ts'
import { lookAtKey } from '../outbox/unique/look.ts'

interface Deps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
}

/** The outcome of a write that brings a job back. */
export type BroughtBack =
  | { readonly kind: 'written' }
  /** The job moved on meanwhile. `met`: its effect. */
  | { readonly kind: 'refused'; readonly met: unknown }
  /** Another job of its unique key has not ended. */
  | { readonly kind: 'held'; readonly by: string }

/** How long a write tries against conflicts, in ms. */
const timeoutMs = 3_000
/** Tries against others who take the key, or settle the batch. */
const tries = 3

/**
 * Brings a dead or cancelled job back. In the same transaction, its batch waits for it again, and one that is unique until it has
 * finished takes its key again. One that is unique until it has started does not: it may only run once more than it needs to.
 *
 * @param write of its effect, which is refused if the job moved on
 * @param token the operator's call
 */
export async function bringBack(deps: Deps, envelope: Envelope, write: Write, token: string): Promise<BroughtBack> {
  const taker = takerOf(deps.registry, envelope)
  const { batch } = envelope
  if (!taker && !batch) {
    const result = await deps.store.write(write)
    return result.kind === 'written' ? { kind: 'written' } : { kind: 'refused', met: result.met }
  }
  for (let round = 1; round <= tries; round++) {
    const brought = await tryBringBack(deps, { taker, batch, write }, deps.ids.derive(token, envelope.id, round))
    if (brought?.kind === 'written') return brought
    if (batch) await leaveAsItWas(deps, batch)
    if (brought) return brought
  }
  throw new Error(`The unique key or the batch of job "${envelope.id}" changed ${tries} times meanwhile: try again.`)
}

interface Wanted {
  readonly taker: Taker | undefined
  readonly batch: Member | undefined
  readonly write: Write
}

/** @returns `undefined` if the key or the batch changed meanwhile */
async function tryBringBack(
  { store, clock }: Deps,
  { taker, batch, write }: Wanted,
  name: string,
): Promise<BroughtBack | undefined> {
  const now = clock.now()
  const found = taker && (await lookAtKey(store, taker, now))
  if (found?.kind === 'stands') return { kind: 'held', by: found.item.jobId }
  const keys = taker ? [takeKeyWrite(taker, now, name, found?.seen)] : []
  const ofBatch = batch ? await bringBackWrites({ store }, batch) : []
  const result = await commit({ store, clock }, [write, ...keys, ...ofBatch], name, now.getTime() + timeoutMs)
  if (result.kind === 'written') return { kind: 'written' }
  if (result.kind === 'busy') throw Object.assign(new Error(result.reason), { name: 'BusyError' })
  return result.met[0] ? { kind: 'refused', met: result.met[0] } : undefined
}

function takerOf({ jobs }: Registry, { id, type, uniqueKey, createdAt, runAt }: Envelope): Taker | undefined {
  const unique = jobs.get(type)?.unique
  if (unique?.until !== 'finished' || uniqueKey === undefined) return undefined
  return { pk: uniqueItemKey(type, uniqueKey), jobId: id, createdAt, runAt, unique }
}
