/** Commits the change of a request, at most once per idempotency key. */
import { throwBatchRefusal } from '../batch/around-commit.ts'
import { noSeats, type SeatsByPlace, takeSeats } from '../batch/seats.ts'
import { BatchRefusedError } from '../define/errors.ts'
import type { Registry } from '../define/registry.ts'
import type { Ids } from '../lib/id.ts'
import type { Clock, Store } from '../lib/ports.ts'
import { keyOf, type TransactWrite } from '../lib/write.ts'
import { type Change, refuseNoChange } from './change.ts'
import type { RequestResult } from './command-result.ts'
import { isWritten } from './is-written.ts'
import { keyedWrites, remembered, rememberedAnyway, rememberedElsewhere } from './keyed.ts'
import { type Plan, plan } from './plan.ts'
import type { KeyedRequest } from './request-mark.ts'
import { type CommitPlanOptions, type CommitPlanResult, commitPlan } from './unique/commit-plan.ts'
import type { Merged } from './unique/round.ts'

/** Identity of a request, by which a retry is recognized. */
export interface CommandRequest {
  /** Id for the record that the request creates: a UUID. It is derived from the idempotency key if there is one. */
  readonly id: string
  /**
   * Hash of the input as it was sent.
   * @default - the request has no idempotency key
   */
  readonly fingerprint?: string | undefined
  /** Time of the request. */
  readonly now: Date
  /**
   * W3C trace context of the caller, which the jobs carry on.
   * @default - the caller sent none
   */
  readonly traceparent?: string | undefined
}

/** What a change is committed with. */
export interface CommitDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  /** Seconds. */
  readonly outboxLifetime: number
}

/** How long a request tries against conflicts and throttling, in ms. API Gateway gives up after 30 s. */
const timeoutMs = 5_000

/**
 * Id of what a request creates. With an idempotency key it follows from caller, scope and key. So the second request meets
 * the item of the first one, which costs no item of its own.
 *
 * @param scope what the key is for: the path of a route, or the name of a record type
 */
export function requestId(ids: Ids, scope: string, caller: string, key: string | undefined): string {
  return key === undefined ? ids.fresh() : ids.derive('request', caller, scope, key)
}

/**
 * Commits the change of a request, at most once per idempotency key.
 *
 * @throws ChangeRefusedError when the change can never be committed as it is
 * @throws BatchRefusedError when it is for a batch that does not exist or is sealed
 */
export async function commitRequest(deps: CommitDeps, request: CommandRequest, change: Change): Promise<RequestResult> {
  refuseNoChange(change)
  const origin = { now: request.now, hops: 0, traceparent: request.traceparent, outboxLifetime: deps.outboxLifetime }
  const { id, fingerprint, now } = request
  const token = deps.ids.fresh()
  const seats = await takeSeats(deps.store, change, token).catch((error) => {
    // The batch may have been sealed since the first request with this key.
    if (error instanceof BatchRefusedError && fingerprint !== undefined) return error
    throw error
  })
  const planOf = (at: SeatsByPlace) => plan(change, id, { origin, registry: deps.registry, ids: deps.ids, seats: at })
  if (seats instanceof BatchRefusedError) {
    const keyed = { id, fingerprint: fingerprint ?? '', now }
    const before = await rememberedAnyway(deps.store, keyed, change, planOf(noSeats(change)).writes)
    if (before) return before
    throw seats
  }
  const planned = planOf(seats)
  const options = { token, until: now.getTime() + timeoutMs }
  if (fingerprint === undefined) return resultOf(deps, { change, planned }, await commitPlan(deps, planned, options))
  return commitKeyed(deps, { request: { id, fingerprint, now }, change, planned }, options)
}

interface UnderKey {
  readonly request: KeyedRequest
  readonly change: Change
  readonly planned: Plan
}

async function commitKeyed(
  deps: CommitDeps,
  { request, change, planned }: UnderKey,
  options: { readonly token: string; readonly until: number },
): Promise<RequestResult> {
  const isUnique = planned.unique.length > 0
  const keyed = (writes: readonly TransactWrite[], merged: readonly Merged[]) =>
    keyedWrites(deps, request, change, writes, isUnique ? merged : undefined)
  const first = keyed(planned.writes, [])
  const before = await rememberedElsewhere(deps, request, change, planned.writes, first)
  if (before) return before
  const frame: CommitPlanOptions['frame'] = (writes, merged) => keyed(writes, merged).writes
  const result = await commitPlan(deps, planned, { ...options, frame })
  const met = result.kind === 'refused' && (await remembered(deps.store, request, change, planned.writes, result.met))
  return met || resultOf(deps, { change, planned }, result)
}

async function resultOf(
  { store }: CommitDeps,
  { change, planned }: Pick<UnderKey, 'change' | 'planned'>,
  result: CommitPlanResult,
): Promise<RequestResult> {
  const committed = {
    kind: 'committed' as const,
    jobs: jobsAfter(planned, result.merged),
    batches: planned.batches.ids,
  }
  if (result.kind === 'written') return committed
  if (result.kind === 'refused') throwBatchRefusal(result.writes, result.met)
  if (result.kind === 'refused') return { kind: 'conflict', write: conflictIn(planned, change, result) }
  const { reason, mayBeWritten } = result
  if (!mayBeWritten) return { kind: 'busy', reason }
  return (await isWritten(store, result.writes)) ? committed : { kind: 'unknown', reason }
}

/** The jobs of a change as they stand now. */
function jobsAfter({ jobs }: Plan, merged: readonly Merged[]): CommittedJob[] {
  const into = new Map(merged.map((one) => [one.job, one]))
  return jobs.map((job, place) => {
    const { id, status } = into.get(place) ?? {}
    return id === undefined ? job : { ...job, id, status, merged: true }
  })
}

/** Position of the write that met an existing item: first the records of the change, then its jobs. */
function conflictIn({ writes, jobs }: Plan, { records = [] }: Change, { met, writes: sent }: Refused): number {
  const refused = sent[met.findIndex((item) => item !== undefined)] as TransactWrite
  const { pk, sk } = keyOf(refused)
  const job = refused.table === 'outbox' ? jobs.findIndex(({ id }) => id === sk) : -1
  if (job >= 0) return records.length + job
  return writes.findIndex((write) => write.table === refused.table && keyOf(write).pk === pk && keyOf(write).sk === sk)
}

type Refused = Extract<CommitPlanResult, { kind: 'refused' }>
type CommittedJob = Extract<RequestResult, { kind: 'committed' }>['jobs'][number]
