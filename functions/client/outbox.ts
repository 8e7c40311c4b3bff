import type * as z from 'zod'
import {
  type Command,
  type CommandContext,
  command,
  contextOf,
  type Request,
  requestId,
} from '../../shared/define/command.ts'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import type { JobRequest } from '../../shared/define/job.ts'
import { recordIn, recordWritten } from '../../shared/define/record/item.ts'
import type { Registry } from '../../shared/define/registry.ts'
import type { RecordReader } from '../../shared/define/services.ts'
import type { Ids } from '../../shared/lib/id.ts'
import type { Clock, Store } from '../../shared/lib/ports.ts'
import type { Write } from '../../shared/lib/write.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { plan } from '../../shared/outbox/plan.ts'
import { fingerprint } from '../aws/fingerprint.ts'
import type { TransactWriteItem } from '../aws/store.ts'
import type { Committed, Executed, JobReference } from './result.ts'

export type { TransactWriteItem }

export interface CommitOptions {
  /** W3C trace context to carry on. @default - none */
  readonly traceparent?: string
}

export interface ExecuteOptions extends CommitOptions {
  /** The same key and input a second time find what the first one made. @default - every call is a new one */
  readonly idempotencyKey?: string
  /** Whose key it is: keeps one caller's keys from another's. @default '' */
  readonly caller?: string
}

/** The outbox, for a function of your own. */
export interface Outbox {
  /** Reads records, as of the last commit. */
  readonly records: RecordReader
  /**
   * Writes records and the jobs that they cause in one transaction, or nothing. The form with a function is told the ids
   * of its jobs before they are written.
   *
   * @throws ChangeRefusedError when it can never be committed as it is: a bad payload, too many writes, an item too large
   */
  commit(change: Change | ((context: CommandContext) => Change), options?: CommitOptions): Promise<Committed>
  /**
   * Commits what a command makes of an input, at most once per idempotency key.
   *
   * @throws ZodError when the input does not fit
   * @throws ChangeRefusedError as `commit` does
   */
  execute<S extends z.ZodType, T extends object>(
    command: Command<S, T>,
    input: z.input<S>,
    options?: ExecuteOptions,
  ): Promise<Executed<T>>
  /**
   * Creates the items of jobs for a `TransactWriteCommand` (`@aws-sdk/lib-dynamodb`) of your own. The transaction may also
   * write to any other tables. The jobs run if it succeeds.
   *
   * @throws ChangeRefusedError when a payload does not fit
   */
  items(jobs: readonly JobRequest[], options?: CommitOptions): { items: TransactWriteItem[]; jobs: JobReference[] }
}

export interface OutboxDeps {
  readonly store: Store
  readonly records: RecordReader
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  /** Seconds. */
  readonly outboxLifetime: number
  readonly itemOf: (write: Write) => TransactWriteItem
}

/** The outbox on given tables. */
export function outboxOn(deps: OutboxDeps): Outbox {
  const { records, clock, ids, registry, outboxLifetime, itemOf } = deps
  const asked = (id: string, { traceparent }: CommitOptions): Request => ({ id, now: clock.now(), traceparent })
  return {
    records,
    async commit(change, options = {}) {
      const request = asked(ids.fresh(), options)
      const given = typeof change === 'function' ? change(contextOf(request, ids)) : change
      const result = await command(deps, request, given)
      if (result.kind === 'committed') return { kind: 'committed', id: request.id, jobs: referencesTo(result.jobs) }
      if (result.kind === 'conflict' || result.kind === 'busy' || result.kind === 'unknown') return result
      throw new Error(`A commit without a key ended as ${result.kind}`)
    },
    async execute(asks, input, options = {}) {
      const { idempotencyKey, caller = '' } = options
      const value = asks.input.parse(input)
      const id = requestId(ids, asks.anchor.name, caller, idempotencyKey)
      // Of the input as it was given: a default may be another by the time of a repetition.
      const mark = idempotencyKey === undefined ? {} : { fingerprint: fingerprint(input) }
      const request = { ...asked(id, options), ...mark }
      const change = asks.change(value, contextOf(request, ids))
      refuseWithoutRecord(asks, change)
      const result = await command(deps, request, change)
      if (result.kind === 'replayed') return { kind: 'replayed', record: recordIn(asks.anchor, result.item) }
      if (result.kind !== 'committed') return result
      const updated = await updatedAnchor(records, asks, change)
      return { kind: 'committed', record: updated ?? anchorOf(asks, change), jobs: referencesTo(result.jobs) }
    },
    items(jobs, { traceparent } = {}) {
      const origin = { now: clock.now(), hops: 0, traceparent, outboxLifetime }
      const planned = plan({ jobs }, ids.fresh(), { origin, registry, ids })
      return { items: planned.writes.map(itemOf), jobs: referencesTo(planned.jobs) }
    },
  }
}

function referencesTo(jobs: readonly (JobRequest & { readonly id: string })[]): JobReference[] {
  return jobs.map(({ id, job }) => ({ id, type: job.type }))
}

/** Before it is written: afterwards there would be nothing to give to the caller. */
function refuseWithoutRecord({ anchor }: Command, { records: [first] = [] }: Change): void {
  if (first && first.kind !== 'remove') return
  throw new ChangeRefusedError(
    `the first record of a command is what its caller gets, and this change ${first ? 'removes it' : 'has no record'}: create, put or update a "${anchor.name}" first`,
  )
}

/** What an update has made of the first record: a change does not hold the whole of it. */
async function updatedAnchor<S extends z.ZodType, T extends object>(
  reader: RecordReader,
  { anchor }: Command<S, T>,
  { records: [first] = [] }: Change,
): Promise<T | undefined> {
  return first?.kind === 'update' ? reader.get(anchor, first.identity as never) : undefined
}

/** The record that a command writes first. */
function anchorOf<S extends z.ZodType, T extends object>(asked: Command<S, T>, { records = [] }: Change): T {
  const [first] = records
  return recordWritten(asked.anchor, first && 'value' in first ? first.value : {})
}
