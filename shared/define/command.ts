/** A change that a request from outside asks for. */
import type { ZodType, z } from 'zod'
import type { Change } from '../outbox/change.ts'
import type { JobRequest } from './job.ts'
import { aFunction, aSchema, checked, made, type Rules } from './options.ts'
import type { RecordType } from './record.ts'

/** Values from which a command makes its change. */
export interface CommandContext {
  /** Id for the record that the command creates: a UUID. A retry with the same idempotency key gets the same id. */
  readonly id: string
  /** Time of the request. */
  readonly now: Date
  /** Adds ids to the jobs of the change, so that its record can name these jobs. Return the jobs with these ids. */
  causes(jobs: readonly JobRequest[]): (JobRequest & {
    /** Id of the job. */
    id: string
  })[]
}

/** A request that callers can send: its input, and the change that follows from the input. */
export interface Command<S extends ZodType = ZodType, T extends object = object> {
  /** Schema of the input. */
  readonly input: S
  /** Type of the record that the change writes first. The caller gets this record, also on a retry. */
  readonly creates: RecordType<T, never>
  /** Makes the change of an input, without side effects. It may be called again for a retry. */
  change(input: z.infer<S>, context: CommandContext): Change
}

/**
 * Defines a command. A route or `Outbox.execute` executes it, at most once per idempotency key.
 *
 * @throws DefinitionError when the module is loaded, and so at synth: an option is missing, unknown or of the wrong kind
 * @example
 * export const createOrder = defineCommand({
 *   input: z.strictObject({ email: z.email(), total: z.int() }),
 *   creates: order,
 *   change: ({ email, total }, { id }) => ({
 *     records: [create(order, { id, email, total })],
 *     jobs: [request(sendReceipt, { orderId: id, email })],
 *   }),
 * })
 */
export function defineCommand<S extends ZodType, T extends object, K>(command: {
  /** Schema of the input. `change` gets the parsed value. */
  input: S
  /** Type of the record that the change creates, puts or updates first. The caller gets this record, also on a retry. */
  creates: RecordType<T, K>
  /** Makes the change of an input, without side effects. It may be called again for a retry. */
  change(input: z.infer<S>, context: CommandContext): Change
}): Command<S, T> {
  return checked('Command', command, commandRules as Rules<typeof command>)
}

/** The rules for the options of `defineCommand`. */
const commandRules: Rules<Command> = {
  input: aSchema,
  creates: made('defineRecord', 'name', 'schema', 'key'),
  change: aFunction,
}
