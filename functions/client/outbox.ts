import type * as z from 'zod'
import type { Command, CommandContext } from '../../shared/define/command.ts'
import type { JobRequest } from '../../shared/define/job.ts'
import type { Registry } from '../../shared/define/registry.ts'
import type { RecordReader } from '../../shared/define/services.ts'
import type { Ids } from '../../shared/lib/id.ts'
import type { Clock, Store } from '../../shared/lib/ports.ts'
import type { Write } from '../../shared/lib/write.ts'
import type { Change } from '../../shared/outbox/change.ts'
import type { Committed, Executed, JobReference } from '../../shared/outbox/command-result.ts'
import { type CommandRequest, commitRequest, requestId } from '../../shared/outbox/commit-request.ts'
import { commandContext, executeCommand, referencesTo } from '../../shared/outbox/execute-command.ts'
import { plan } from '../../shared/outbox/plan.ts'
import { fingerprint } from '../aws/fingerprint.ts'
import type { TransactWriteItem } from '../aws/store.ts'

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
   * Jobs as items for a `TransactWriteItems` of your own, whatever tables it writes besides: they run if it goes through.
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
  const requestOf = (id: string, { traceparent }: CommitOptions): CommandRequest => ({
    id,
    now: clock.now(),
    traceparent,
  })
  return {
    records,
    async commit(change, options = {}) {
      const request = requestOf(ids.fresh(), options)
      const given = typeof change === 'function' ? change(commandContext(request, ids)) : change
      const result = await commitRequest(deps, request, given)
      if (result.kind === 'committed') return { kind: 'committed', id: request.id, jobs: referencesTo(result.jobs) }
      if (result.kind === 'conflict' || result.kind === 'busy' || result.kind === 'unknown') return result
      throw new Error(`A commit without a key ended as ${result.kind}`)
    },
    async execute(command, input, options = {}) {
      const { idempotencyKey, caller = '' } = options
      const value = command.input.parse(input)
      const request = requestOf(requestId(ids, command.creates.name, caller, idempotencyKey), options)
      // Of the input as it was given: the default of a field may have changed by the time of a retry.
      const keyed = idempotencyKey === undefined ? {} : { fingerprint: fingerprint(input) }
      return executeCommand(deps, command, value, { ...request, ...keyed })
    },
    items(jobs, { traceparent } = {}) {
      const origin = { now: clock.now(), hops: 0, traceparent, outboxLifetime }
      const planned = plan({ jobs }, ids.fresh(), { origin, registry, ids })
      return { items: planned.writes.map(itemOf), jobs: referencesTo(planned.jobs) }
    },
  }
}
