import { backoffSeconds } from '../define/backoff.ts'
import { ChangeRefusedError } from '../define/errors.ts'
import type { Clock, Store, TransactionResult, WriteResult } from '../lib/ports.ts'
import type { Write } from '../lib/write.ts'

const pace = { baseSeconds: 0.05, capSeconds: 1 }

/**
 * Writes all or nothing; tries again, with full jitter, while other transactions or throttling are in the way.
 * The token makes a repetition harmless: if an earlier try went through after all, it is not written a second time.
 *
 * @param until ms since the epoch; past it, the answer is the last `busy`, with `mayBeWritten` if any answer was lost on the way
 */
export async function commit(
  { store, clock }: { store: Store; clock: Clock },
  writes: readonly Write[],
  token: string,
  until: number,
): Promise<TransactionResult> {
  let mayBeWritten = false
  for (let attempt = 1; ; attempt++) {
    const result = await store.transact(writes, token)
    if (result.kind !== 'busy') return result
    // A refusal after a lost answer proves nothing: the lost request may arrive later than the one that was refused.
    mayBeWritten ||= result.mayBeWritten === true
    const wait = backoffSeconds(pace, attempt, clock.random()) * 1000
    if (clock.now().getTime() + wait > until) return mayBeWritten ? { ...result, mayBeWritten } : result
    await clock.sleep(wait)
  }
}

/**
 * One write that may be repeated without harm, tried again with full jitter while the table fails.
 *
 * @param until ms since the epoch
 * @throws ChangeRefusedError when it can never be written; the last fault, past `until`
 */
export async function persist(
  { store, clock }: { store: Store; clock: Clock },
  write: Write,
  until: number,
): Promise<WriteResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.write(write)
    } catch (error) {
      const wait = backoffSeconds(pace, attempt, clock.random()) * 1000
      if (error instanceof ChangeRefusedError || clock.now().getTime() + wait > until) throw error
      await clock.sleep(wait)
    }
  }
}
