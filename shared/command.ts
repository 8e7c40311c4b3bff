/** A change that a request from outside asks for, committed at most once per idempotency key. */

import type { ZodType, z } from 'zod'
import type { Change } from './change.ts'
import { commit } from './commit.ts'
import type { Ids } from './id.ts'
import { type JobRequest, withIds } from './job.ts'
import { aFunction, aSchema, checked, made, type Rules } from './options.ts'
import { plan } from './plan.ts'
import type { Clock, Store } from './ports.ts'
import type { RecordType } from './record.ts'
import type { Registry } from './registry.ts'
import { absent, type Item, type Write } from './write.ts'

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

export type CommandResult =
  | { readonly kind: 'committed'; readonly jobs: readonly (JobRequest & { readonly id: string })[] }
  /** The same request was committed before; `item` is what it created then. */
  | { readonly kind: 'replayed'; readonly item: Item }
  /** The same key was used for another body. */
  | { readonly kind: 'misused' }
  /** A record that must be new exists; `write` is its place in the change. */
  | { readonly kind: 'conflict'; readonly write: number }
  | { readonly kind: 'busy'; readonly reason: string }

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
const patience = 5_000

/**
 * The id of what a request creates. With an idempotency key it follows from caller, route and key, so that the second
 * request meets the item of the first; that costs no item of its own.
 */
export function requestId(ids: Ids, route: string, caller: string, key: string | undefined): string {
  return key === undefined ? ids.fresh() : ids.derive('request', caller, route, key)
}

/**
 * Commits the change of a request. Its first write is the anchor: it must be new, and it carries the fingerprint.
 *
 * @throws ChangeRefusedError when the change can never be committed as it is
 */
export async function command(deps: CommandDeps, request: Request, change: Change): Promise<CommandResult> {
  const origin = { now: request.now, hops: 0, traceparent: request.traceparent, outboxLifetime: deps.outboxLifetime }
  const { writes, jobs } = plan(change, request.id, { origin, registry: deps.registry, ids: deps.ids })
  if (!(await ownsKey(deps, request, writes[0]))) return { kind: 'misused' }
  const marked = withFingerprint(writes, request.fingerprint)
  const result = await commit(deps, marked, deps.ids.fresh(), request.now.getTime() + patience)
  if (result.kind === 'busy') return result
  if (result.kind === 'written') return { kind: 'committed', jobs }
  const anchor = result.met[0]
  if (!anchor) return { kind: 'conflict', write: result.met.findIndex((met) => met !== undefined) }
  if (request.fingerprint === undefined) return { kind: 'conflict', write: 0 }
  return anchor.fingerprint === request.fingerprint ? { kind: 'replayed', item: anchor } : { kind: 'misused' }
}

/**
 * The key of a grouped job's item has its group in it, so a second request with another group would not meet the first.
 * Such a request leaves a mark of its own before it commits; the anchor still decides whether it is a repetition.
 *
 * @returns false when the mark is there with another fingerprint
 */
async function ownsKey(
  { store, outboxLifetime }: CommandDeps,
  request: Request,
  anchor: Write | undefined,
): Promise<boolean> {
  const { id, fingerprint, now } = request
  if (fingerprint === undefined || anchor?.op !== 'put' || anchor.item.group === undefined) return true
  const expiresAt = Math.ceil(now.getTime() / 1000) + outboxLifetime
  const mark = { pk: `request#${id}`, sk: 'request', kind: 'request', fingerprint, expiresAt }
  const result = await store.write({ op: 'put', table: 'records', item: mark, condition: absent })
  return result.kind === 'written' || result.met?.fingerprint === fingerprint
}

function withFingerprint(writes: readonly Write[], fingerprint: string | undefined): readonly Write[] {
  const [anchor, ...rest] = writes
  if (fingerprint === undefined || anchor?.op !== 'put') return writes
  return [{ ...anchor, item: { ...anchor.item, fingerprint } }, ...rest]
}
