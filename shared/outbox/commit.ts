/** Commits: writes that are tried again while something is in the way. */
import { ChangeRefusedError } from '../define/errors.ts'
import type { Clock, Store, TransactionResult, WriteResult } from '../lib/ports.ts'
import { outcomeOf, retry } from '../lib/retry.ts'
import type { TransactWrite, Write } from '../lib/write.ts'

const pace = { baseSeconds: 0.05, capSeconds: 1 }

/**
 * Writes all or nothing; tries again, with full jitter, while other transactions or throttling are in the way.
 * The token makes a repetition harmless: if an earlier try went through after all, it is not written a second time.
 *
 * @param until ms since the epoch; past it, the answer is the last `busy`, with `mayBeWritten` if any answer was lost on the way
 */
export async function commit(
  { store, clock }: { store: Store; clock: Clock },
  writes: readonly TransactWrite[],
  token: string,
  until: number,
): Promise<TransactionResult> {
  let mayBeWritten = false
  const transact = async () => {
    const result = await store.transact(writes, token)
    // A refusal after a lost answer proves nothing: the lost request may arrive later than the one that was refused.
    if (result.kind !== 'written') mayBeWritten ||= result.mayBeWritten === true
    return result
  }
  const result = await retry(clock, { pace, until }, transact, ({ kind }) => kind === 'busy')
  return result.kind !== 'written' && mayBeWritten ? { ...result, mayBeWritten } : result
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
  const outcome = await retry(
    clock,
    { pace, until },
    () => outcomeOf(() => store.write(write)),
    (tried) => tried.status === 'rejected' && !(tried.reason instanceof ChangeRefusedError),
  )
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}
