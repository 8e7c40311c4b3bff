/** Commits the change of a request, at most once per idempotency key. */
import type { Registry } from '../define/registry.ts'
import type { Ids } from '../lib/id.ts'
import type { Clock, Store, TransactionResult } from '../lib/ports.ts'
import type { Write } from '../lib/write.ts'
import type { Change } from './change.ts'
import type { RequestResult } from './command-result.ts'
import { commit } from './commit.ts'
import { isWritten } from './is-written.ts'
import { type Keyed, keyedWrites, remembered, rememberedElsewhere } from './keyed.ts'
import { plan } from './plan.ts'
import type { KeyedRequest } from './request-mark.ts'

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
 */
export async function commitRequest(deps: CommitDeps, request: CommandRequest, change: Change): Promise<RequestResult> {
  const origin = { now: request.now, hops: 0, traceparent: request.traceparent, outboxLifetime: deps.outboxLifetime }
  const { writes, jobs } = plan(change, request.id, { origin, registry: deps.registry, ids: deps.ids })
  const { id, fingerprint, now } = request
  if (fingerprint === undefined) return resultOf(deps, writes, jobs, await send(deps, now, writes))
  const keyed = { request: { id, fingerprint, now }, change, planned: writes }
  return commitKeyed(deps, keyed, keyedWrites(deps, keyed.request, change, writes), jobs)
}

type Jobs = Extract<RequestResult, { kind: 'committed' }>['jobs']

interface UnderKey {
  readonly request: KeyedRequest
  readonly change: Change
  /** The writes of the change, records first. */
  readonly planned: readonly Write[]
}

async function commitKeyed(
  deps: CommitDeps,
  { request, change, planned }: UnderKey,
  keyed: Keyed,
  jobs: Jobs,
): Promise<RequestResult> {
  const before = await rememberedElsewhere(deps, request, change, planned, keyed)
  if (before) return before
  const result = await send(deps, request.now, keyed.writes)
  const met = result.kind === 'refused' && (await remembered(deps.store, request, change, planned, result.met))
  if (met) return met
  const end = await resultOf(deps, keyed.writes, jobs, result)
  return end.kind === 'conflict' ? { ...end, write: end.write - (keyed.writes.length - planned.length) } : end
}

function send(deps: CommitDeps, now: Date, writes: readonly Write[]): Promise<TransactionResult> {
  return commit(deps, writes, deps.ids.fresh(), now.getTime() + timeoutMs)
}

async function resultOf(
  { store }: CommitDeps,
  writes: readonly Write[],
  jobs: Jobs,
  result: TransactionResult,
): Promise<RequestResult> {
  if (result.kind === 'written') return { kind: 'committed', jobs }
  if (result.kind === 'refused') return { kind: 'conflict', write: result.met.findIndex((met) => met !== undefined) }
  const { reason, mayBeWritten } = result
  if (!mayBeWritten) return { kind: 'busy', reason }
  return (await isWritten(store, writes)) ? { kind: 'committed', jobs } : { kind: 'unknown', reason }
}
