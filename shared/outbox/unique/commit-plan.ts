/**
 * Commits a plan, some of whose unique jobs may stand already. Such a job is left out of the change, and never a reason to refuse
 * it: the rest is written on condition that the job still stands.
 */

import { endBatches, writeAhead } from '../../batch/around-commit.ts'
import type { Ids } from '../../lib/id.ts'
import type { Clock, Store, TransactionResult } from '../../lib/ports.ts'
import { backoffSeconds } from '../../lib/retry.ts'
import type { TransactWrite } from '../../lib/write.ts'
import { commit } from '../commit.ts'
import type { Plan } from '../plan.ts'
import { lookAtKeys } from './look.ts'
import { isKeyMoved, isOursAfterAll, isSafeToRepeat, type Merged, mergedIn, passedIn, writesOf } from './round.ts'

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
  options: CommitPlanOptions,
): Promise<CommitPlanResult> {
  const passed = new Set<string>()
  await writeAhead(deps.store, plan.batches)
  for (let round = 1; ; round++) {
    const result = await tryPlan(deps, plan, { ...options, round, passed })
    if (result.kind === 'written') await endBatches(deps, plan.batches)
    if (result.kind !== 'again') return result
    const pause = backoffSeconds(pace, round, deps.clock.random()) * 1_000
    const { writes, merged } = result
    if (deps.clock.now().getTime() + pause > options.until)
      return { kind: 'busy', reason: changedHands, writes, merged }
    await deps.clock.sleep(pause)
  }
}

const changedHands = 'a unique key changed hands'

interface Round extends CommitPlanOptions {
  readonly round: number
  /** Takings whose jobs can be put off no more; a round adds what it finds. */
  readonly passed: Set<string>
}

/** One try: a look at the keys, and a transaction. `again`: somebody was quicker. */
async function tryPlan(
  deps: CommitPlanDeps,
  plan: Plan,
  { round, passed, token, until, frame = (writes) => writes }: Round,
): Promise<CommitPlanResult | ({ readonly kind: 'again' } & Pick<CommitPlanResult, 'writes' | 'merged'>)> {
  const looks = await lookAtKeys(deps, plan, passed)
  const merged = mergedIn(plan, looks)
  const left = new Set(merged.map(({ job }) => job))
  const writes = frame([...writesOf(plan, looks), ...plan.batches.writes(left)], merged)
  if (writes.length === 0) return { kind: 'written', writes, merged }
  const name = round === 1 ? token : deps.ids.derive(token, round)
  const result = await commit(deps, writes, name, until)
  if (result.kind !== 'refused') return { ...result, writes, merged }
  if (isOursAfterAll(plan, looks, writes, result.met)) return { kind: 'written', writes, merged }
  if (!isKeyMoved(writes, result.met)) return { ...result, writes, merged }
  if (result.mayBeWritten && !isSafeToRepeat(plan, writes))
    return { kind: 'busy', reason: changedHands, mayBeWritten: true, writes, merged }
  for (const taking of passedIn(plan, looks, writes, result.met)) passed.add(taking)
  return { kind: 'again', writes, merged }
}
