/** A change that a request from outside asks for, committed at most once per idempotency key. */

import type { ZodType, z } from 'zod'
import type { Ids } from '../lib/id.ts'
import type { Clock, Store, TransactionResult } from '../lib/ports.ts'
import type { Item, Write } from '../lib/write.ts'
import type { Change } from '../outbox/change.ts'
import { commit } from '../outbox/commit.ts'
import { isWritten } from '../outbox/is-written.ts'
import { type Keyed, keyedWrites, remembered, rememberedElsewhere } from '../outbox/keyed.ts'
import { plan } from '../outbox/plan.ts'
import type { KeyedRequest } from '../outbox/request-mark.ts'
import { type JobRequest, withIds } from './job.ts'
import { aFunction, aSchema, checked, made, type Rules } from './options.ts'
import type { RecordType } from './record.ts'
import type { Registry } from './registry.ts'

/** What a command may use to say its change. */
export interface CommandContext {
  /** Id of what the command creates. */
  readonly id: string
  readonly now: Date
  /** Gives the jobs of the change their ids, so that a record can name the jobs that it causes. */
  causes(jobs: readonly JobRequest[]): (JobRequest & { id: string })[]
}

/** Something a caller can ask for: what it must send, and the change that follows. One file each. */
export interface Command<S extends ZodType = ZodType, T extends object = object> {
  readonly input: S
  /** The record that the change creates first; it is what the caller gets back, also on a repetition. */
  readonly anchor: RecordType<T, never>
  change(input: z.infer<S>, context: CommandContext): Change
}

/** Defines a command. */
export function defineCommand<S extends ZodType, T extends object, K>(command: {
  input: S
  anchor: RecordType<T, K>
  change(input: z.infer<S>, context: CommandContext): Change
}): Command<S, T> {
  return checked('Command', command, commandRules as Rules<typeof command>)
}

/** The rules for the options of `defineCommand`. */
const commandRules: Rules<Command> = {
  input: aSchema,
  anchor: made('defineRecord', 'name', 'schema', 'key'),
  change: aFunction,
}

/** The context of a command, for a request. */
export function contextOf(request: Pick<Request, 'id' | 'now'>, ids: Ids): CommandContext {
  return { id: request.id, now: request.now, causes: (jobs) => withIds(jobs, request.id, ids) }
}

/** Who asks, and how a repetition is told. */
export interface Request {
  /** Id of what the request creates: fresh, or derived from the idempotency key (see `requestId`). */
  readonly id: string
  /** Hash of the body; present when the caller gave an idempotency key. */
  readonly fingerprint?: string | undefined
  readonly now: Date
  readonly traceparent?: string | undefined
}

/** How a request ended. It wrote something if it was `committed`, and perhaps if it is `unknown`. */
export type CommandResult =
  | { readonly kind: 'committed'; readonly jobs: readonly (JobRequest & { readonly id: string })[] }
  /** The same request was committed before; `item` is the record that it wrote first, or tells of its jobs (`createdAt`). */
  | { readonly kind: 'replayed'; readonly item: Item }
  /** The same request was committed before, and the record that it wrote first is gone. */
  | { readonly kind: 'gone' }
  /** The same key was used for another body. */
  | { readonly kind: 'misused' }
  /** A record that must be new exists; `write` is its place in the change. */
  | { readonly kind: 'conflict'; readonly write: number }
  /** Other transactions or throttling were in the way. */
  | { readonly kind: 'busy'; readonly reason: string }
  /** An answer of DynamoDB was lost: the change may have been written, and may not. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** What a command is committed with. */
export interface CommandDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  /** Seconds. */
  readonly outboxLifetime: number
}

/** How long a request tries against conflicts and throttling, in ms. API Gateway gives up after 30 s. */
const commitTimeout = 5_000

/**
 * The id of what a request creates. With an idempotency key it follows from caller, route and key, so that the second
 * request meets the item of the first; that costs no item of its own.
 */
export function requestId(ids: Ids, route: string, caller: string, key: string | undefined): string {
  return key === undefined ? ids.fresh() : ids.derive('request', caller, route, key)
}

/**
 * Commits the change of a request, at most once per idempotency key.
 *
 * @throws ChangeRefusedError when the change can never be committed as it is
 */
export async function command(deps: CommandDeps, request: Request, change: Change): Promise<CommandResult> {
  const origin = { now: request.now, hops: 0, traceparent: request.traceparent, outboxLifetime: deps.outboxLifetime }
  const { writes, jobs } = plan(change, request.id, { origin, registry: deps.registry, ids: deps.ids })
  const { id, fingerprint, now } = request
  if (fingerprint === undefined) return ended(deps, writes, jobs, await send(deps, now, writes))
  const keyed = { request: { id, fingerprint, now }, change, planned: writes }
  return commitKeyed(deps, keyed, keyedWrites(deps, keyed.request, change, writes), jobs)
}

type Jobs = Extract<CommandResult, { kind: 'committed' }>['jobs']

interface UnderKey {
  readonly request: KeyedRequest
  readonly change: Change
  /** The writes of the change, records first. */
  readonly planned: readonly Write[]
}

async function commitKeyed(
  deps: CommandDeps,
  { request, change, planned }: UnderKey,
  keyed: Keyed,
  jobs: Jobs,
): Promise<CommandResult> {
  const before = await rememberedElsewhere(deps, request, change, planned, keyed)
  if (before) return before
  const result = await send(deps, request.now, keyed.writes)
  const met = result.kind === 'refused' && (await remembered(deps.store, request, change, planned, result.met))
  if (met) return met
  const end = await ended(deps, keyed.writes, jobs, result)
  return end.kind === 'conflict' ? { ...end, write: end.write - (keyed.writes.length - planned.length) } : end
}

function send(deps: CommandDeps, now: Date, writes: readonly Write[]): Promise<TransactionResult> {
  return commit(deps, writes, deps.ids.fresh(), now.getTime() + commitTimeout)
}

async function ended(
  { store }: CommandDeps,
  writes: readonly Write[],
  jobs: Jobs,
  result: TransactionResult,
): Promise<CommandResult> {
  if (result.kind === 'written') return { kind: 'committed', jobs }
  if (result.kind === 'refused') return { kind: 'conflict', write: result.met.findIndex((met) => met !== undefined) }
  const { reason, mayBeWritten } = result
  if (!mayBeWritten) return { kind: 'busy', reason }
  return (await isWritten(store, writes)) ? { kind: 'committed', jobs } : { kind: 'unknown', reason }
}
