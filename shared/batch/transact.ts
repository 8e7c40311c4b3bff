/** Transactions of batches. */
import { BusyError } from '../define/errors.ts'
import type { Ids } from '../lib/id.ts'
import type { Clock, Store } from '../lib/ports.ts'
import type { Check, Item, TransactWrite } from '../lib/write.ts'
import { commit } from '../outbox/commit.ts'

export interface BatchDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
}

/** How long a transaction is tried against conflicts, in ms. */
const timeoutMs = 5_000

/**
 * Writes all, or learns which condition failed. A lost answer does no harm: the caller reads what is stored and tries again.
 *
 * @throws BusyError when conflicts or throttling last
 */
export async function transact(
  { store, clock, ids }: BatchDeps,
  writes: readonly TransactWrite[],
): Promise<'written' | readonly (Item | undefined)[]> {
  const result = await commit({ store, clock }, writes, ids.fresh(), clock.now().getTime() + timeoutMs)
  if (result.kind === 'written') return 'written'
  if (result.kind === 'refused') return result.met
  throw new BusyError(`the tables did not take a write of a batch in time: ${result.reason}`)
}

/** Holds while a job is in a state, and no other job has its place in the batch. */
export function stateCheck(jobId: string, state: 'dead' | 'cancelled'): Check {
  return {
    op: 'check',
    table: 'effects',
    key: { pk: jobId },
    condition: {
      text: '#state = :state AND attribute_not_exists(replayedAs)',
      names: { '#state': 'state' },
      values: { ':state': state },
    },
  }
}
