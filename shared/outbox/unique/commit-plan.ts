/**
 * Commits a plan, some of whose unique jobs may stand already. Such a job is left out of the change, and never a reason to refuse
 * it: the rest is written on condition that the job still stands.
 */
import type { Ids } from '../../lib/id.ts'
import type { Clock, Store, TransactionResult } from '../../lib/ports.ts'
import { backoffSeconds } from '../../lib/retry.ts'
import type { TransactWrite } from '../../lib/write.ts'
import { commit } from '../commit.ts'
import type { Plan } from '../plan.ts'
import { lookAtKeys } from './look.ts'
import { isKeyMoved, isOursAfterAll, isSafeToRepeat, type Merged, mergedIn, writesOf } from './round.ts'

export interface CommitPlanDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
}

export interface CommitPlanOptions {
  /** Names the first transaction: the same token within ten minutes is not written twice. */
  readonly token: string
  /** When it gives up, in ms since the epoch. */
  readonly until: number
  /** The writes of a transaction, with what belongs to them besides the plan. @default - the plan alone */
  readonly frame?: (writes: readonly TransactWrite[], merged: readonly Merged[]) => readonly TransactWrite[]
}

/** The result, and what was written or was to be. */
export type CommitPlanResult = TransactionResult & {
  readonly writes: readonly TransactWrite[]
  readonly merged: readonly Merged[]
}

const pace = { baseSeconds: 0.02, capSeconds: 0.5 }

/**
 * Commits a plan: all of it, except for the jobs that are merged. It looks again if another request takes one of its keys
 * meanwhile, or if a job that stood starts or ends.
 */
export async function commitPlan(
  deps: CommitPlanDeps,
  plan: Plan,
  { token, until, frame = (writes) => writes }: CommitPlanOptions,
): Promise<CommitPlanResult> {
  for (let round = 1; ; round++) {
    const looks = await lookAtKeys(deps, plan)
    const merged = mergedIn(plan, looks)
    const writes = frame(writesOf(plan, looks), merged)
    if (writes.length === 0) return { kind: 'written', writes, merged }
    const name = round === 1 ? token : deps.ids.derive(token, round)
    const result = await commit(deps, writes, name, until)
    if (result.kind !== 'refused') return { ...result, writes, merged }
    if (isOursAfterAll(plan, looks, writes, result.met)) return { kind: 'written', writes, merged }
    if (!isKeyMoved(writes, result.met)) return { ...result, writes, merged }
    const pause = backoffSeconds(pace, round, deps.clock.random()) * 1_000
    const isOpen = result.mayBeWritten === true && !isSafeToRepeat(plan, writes)
    if (isOpen || deps.clock.now().getTime() + pause > until)
      return { kind: 'busy', reason: 'a unique key changed hands', mayBeWritten: isOpen, writes, merged }
    await deps.clock.sleep(pause)
  }
}
