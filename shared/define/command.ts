/** A change that a request from outside asks for. */
import type { ZodType, z } from 'zod'
import type { Change } from '../outbox/change.ts'
import type { JobRequest } from './job.ts'
import { aFunction, aSchema, checked, made, type Rules } from './options.ts'
import type { RecordType } from './record.ts'

/** What a command may use to build its change. */
export interface CommandContext {
  /** Id of what the command creates. */
  readonly id: string
  readonly now: Date
  /** Gives the jobs of the change their ids, so that a record can name the jobs that it causes. */
  causes(jobs: readonly JobRequest[]): (JobRequest & { id: string })[]
}

/** Something that a caller can ask for: the input that it sends, and the change that follows. One file each. */
export interface Command<S extends ZodType = ZodType, T extends object = object> {
  readonly input: S
  /** The type of the record that the change writes first. The caller gets this record, also on a retry. */
  readonly creates: RecordType<T, never>
  change(input: z.infer<S>, context: CommandContext): Change
}

/**
 * Defines a command.
 *
 * @throws DefinitionError when an option is missing or of the wrong kind
 * @example
 * export const createOrder = defineCommand({
 *   input: z.strictObject({ email: z.email() }),
 *   creates: order,
 *   change: ({ email }, { id }) => ({
 *     records: [create(order, { id, email })],
 *     jobs: [request(sendReceipt, { orderId: id, email })],
 *   }),
 * })
 */
export function defineCommand<S extends ZodType, T extends object, K>(command: {
  input: S
  creates: RecordType<T, K>
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
