import type * as z from 'zod'
import type { Command, CommandContext } from '../../shared/define/command.ts'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import type { JobRequest } from '../../shared/define/job.ts'
import type { Registry } from '../../shared/define/registry.ts'
import type { RecordReader } from '../../shared/define/services.ts'
import type { Ids } from '../../shared/lib/id.ts'
import type { Clock, Store } from '../../shared/lib/ports.ts'
import { validTraceparent } from '../../shared/lib/traceparent.ts'
import type { Write } from '../../shared/lib/write.ts'
import type { Change } from '../../shared/outbox/change.ts'
import type { Committed, Executed, JobReference } from '../../shared/outbox/command-result.ts'
import { type CommandRequest, commitRequest, requestId } from '../../shared/outbox/commit-request.ts'
import { commandContext, executeCommand, referencesTo } from '../../shared/outbox/execute-command.ts'
import { plan } from '../../shared/outbox/plan.ts'
import { fingerprint } from '../aws/fingerprint.ts'
import type { TransactWriteItem } from '../aws/store.ts'
import { type WaitedJob, type WaitOptions, waitForJob } from './wait.ts'

export type { TransactWriteItem }

/** Options of a commit. */
export interface CommitOptions {
  /**
   * W3C trace context that the jobs carry on: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`, in lower case. Any other
   * text is ignored, as the header of a caller is.
   * @default - the jobs have no trace context
   */
  readonly traceparent?: string
}

/** Options of the execution of a command. */
export interface ExecuteOptions extends CommitOptions {
  /**
   * Key of the request: a second call with the same key and input returns what the first call committed. Any text.
   * @default - each call is a new request
   */
  readonly idempotencyKey?: string
  /**
   * Owner of the key, for example the user's id. Two callers may use the same key.
   * @default ''
   */
  readonly caller?: string
}

/** The outbox of an application, for a function of your own: what `outbox` returns. */
export interface Outbox {
  /**
   * Reader of the records table.
   *
   * @example
   * const found = await orders.records.get(order, { id })
   */
  readonly records: RecordReader
  /**
   * Writes the records and jobs of a change in one transaction: all of them or none. A function in place of the change
   * gets the ids of its jobs before they are written. Conflicts and throttling are retried for up to 5 s.
   *
   * @throws ChangeRefusedError when the change can never be committed: an invalid payload, more than 100 writes, an item of
   *   more than 400 KiB
   * @example
   * const result = await orders.commit({
   *   records: [create(order, { id, email, total })],
   *   jobs: [request(sendReceipt, { orderId: id, email })],
   * })
   * if (result.kind === 'conflict') return { statusCode: 409 }
   */
  commit(change: Change | ((context: CommandContext) => Change), options?: CommitOptions): Promise<Committed>
  /**
   * Commits the change that a command makes of an input, at most once per idempotency key.
   *
   * @throws ZodError when the input does not fit the command's schema
   * @throws ChangeRefusedError when the change can never be committed, as in `commit`, or does not write a record first
   * @example
   * const result = await orders.execute(createOrder, { email, total }, { idempotencyKey, caller: userId })
   * if (result.kind === 'committed' || result.kind === 'replayed') return result.record
   */
  execute<S extends z.ZodType, T extends object>(
    command: Command<S, T>,
    input: z.input<S>,
    options?: ExecuteOptions,
  ): Promise<Executed<T>>
  /**
   * Creates the items of jobs for a `TransactWriteCommand` (`@aws-sdk/lib-dynamodb`) of your own, one item a job. The
   * transaction may also write to any other tables. The jobs run if it succeeds.
   *
   * @throws ChangeRefusedError when a job can never be accepted: an invalid payload, an unknown lane; or when it is unique,
   *   since a transaction of your own cannot merge it
   * @example
   * const { items, jobs } = orders.items([request(sendReceipt, { orderId: id, email })])
   * const own = { Put: { TableName: 'orders', Item: { orderId: id, email, total } } }
   * await documents.send(new TransactWriteCommand({ TransactItems: [own, ...items] }))
   */
  items(
    jobs: readonly JobRequest[],
    options?: CommitOptions,
  ): {
    /** Items that insert the jobs into the outbox table. */
    items: TransactWriteItem[]
    /** Jobs, in the order of the requests. */
    jobs: JobReference[]
  }
  /**
   * Waits until a job has ended, and returns its status and result. If it has not ended when the time is over, the status says
   * so. Every read of the job costs about one read unit, first four times a second, then once a second. The function needs
   * `grantWait` of the construct.
   *
   * @throws UnknownJobError when the tables do not have the job
   * @throws the reason of the signal, once it is aborted
   * @example
   * const { status, result } = await orders.wait(id, { timeoutSeconds: 10 })
   * if (status === 'succeeded') return { statusCode: 200, body: JSON.stringify(result) }
   */
  wait(id: string, options?: WaitOptions): Promise<WaitedJob>
}

/** What the outbox of a function works with. */
export interface OutboxDeps {
  readonly store: Store
  readonly records: RecordReader
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  /** How long an outbox item is kept after its time to run, in seconds. */
  readonly outboxLifetime: number
  readonly itemOf: (write: Write) => TransactWriteItem
}

/** Makes the outbox of a function out of its parts. */
export function outboxOn(deps: OutboxDeps): Outbox {
  const { records, clock, ids, registry, outboxLifetime, itemOf } = deps
  const requestOf = (id: string, { traceparent }: CommitOptions): CommandRequest => ({
    id,
    now: clock.now(),
    traceparent: validTraceparent(traceparent),
  })
  return {
    records,
    async commit(change, options = {}) {
      const request = requestOf(ids.fresh(), options)
      const given = typeof change === 'function' ? change(commandContext(request, ids)) : change
      const result = await commitRequest(deps, request, given)
      if (result.kind === 'committed')
        return { kind: 'committed', id: request.id, jobs: referencesTo(result.jobs), batches: result.batches }
      if (result.kind === 'conflict' || result.kind === 'busy' || result.kind === 'unknown') return result
      throw new Error(`A commit without a key ended as ${result.kind}`)
    },
    async execute(command, input, options = {}) {
      const { idempotencyKey, caller = '' } = options
      const value = command.input.parse(input)
      const request = requestOf(requestId(ids, command.creates.name, caller, idempotencyKey), options)
      // Of the input as it was given: the default of a field may have changed by the time of a retry.
      const keyed = { ...request, fingerprint: idempotencyKey === undefined ? undefined : fingerprint(input) }
      return executeCommand(deps, command, value, keyed)
    },
    items(jobs, { traceparent } = {}) {
      const origin = { now: clock.now(), hops: 0, traceparent: validTraceparent(traceparent), outboxLifetime }
      const planned = plan({ jobs }, ids.fresh(), { origin, registry, ids })
      const unique = planned.jobs[planned.unique[0]?.place ?? -1]
      if (unique)
        throw new ChangeRefusedError(
          `job "${unique.job.type}": items() cannot merge a unique job into one that stands, since the transaction is yours: use commit(), or commit the job after your transaction`,
        )
      return { items: planned.writes.map(itemOf), jobs: referencesTo(planned.jobs) }
    },
    wait: (id, options) => waitForJob(deps, id, options),
  }
}
