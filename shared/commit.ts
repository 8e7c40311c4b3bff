import { backoffSeconds } from './backoff.ts'
import type { Clock, Store, TransactionResult } from './ports.ts'
import type { Write } from './write.ts'

const pace = { baseSeconds: 0.05, capSeconds: 1 }

/**
 * Writes all or nothing; tries again, with full jitter, while other transactions or throttling are in the way.
 * The token makes a repetition harmless: if an earlier try went through after all, it is not written a second time.
 *
 * @param until ms since the epoch; past it, the answer is the last `busy`
 */
export async function commit(
  { store, clock }: { store: Store; clock: Clock },
  writes: readonly Write[],
  token: string,
  until: number,
): Promise<TransactionResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await store.transact(writes, token)
    if (result.kind !== 'busy') return result
    const wait = backoffSeconds(pace, attempt, clock.random()) * 1000
    if (clock.now().getTime() + wait > until) return result
    await clock.sleep(wait)
  }
}
