/** Executes a command, at most once per idempotency key. */
import type { ZodType, z } from 'zod'
import type { Command, CommandContext } from '../define/command.ts'
import { ChangeRefusedError } from '../define/errors.ts'
import { type JobRequest, withIds } from '../define/job.ts'
import { recordIn, recordWritten } from '../define/record/item.ts'
import type { RecordReader } from '../define/services.ts'
import type { Ids } from '../lib/id.ts'
import { type Change, refuseNoChange } from './change.ts'
import type { Executed, JobReference } from './command-result.ts'
import { type CommandRequest, type CommitDeps, commitRequest } from './commit-request.ts'

/** What a command is executed with. */
export interface ExecuteDeps extends CommitDeps {
  readonly records: RecordReader
}

/** The context of a command, for a request. */
export function commandContext({ id, now }: Pick<CommandRequest, 'id' | 'now'>, ids: Ids): CommandContext {
  return { id, now, causes: (jobs) => withIds(jobs, id, ids) }
}

/**
 * Commits the change that a command makes of an input, at most once per idempotency key.
 *
 * @param input the input, parsed with the schema of the command
 * @throws ChangeRefusedError when the change can never be committed as it is
 */
export async function executeCommand<S extends ZodType, T extends object>(
  deps: ExecuteDeps,
  command: Command<S, T>,
  input: z.output<S>,
  request: CommandRequest,
): Promise<Executed<T>> {
  const change = command.change(input, commandContext(request, deps.ids))
  refuseNoChange(change)
  refuseWithoutRecord(command, change)
  const result = await commitRequest(deps, request, change)
  if (result.kind === 'replayed') return { kind: 'replayed', record: recordIn(command.creates, result.item) }
  if (result.kind !== 'committed') return result
  const record = (await updatedRecord(deps.records, command, change)) ?? createdRecord(command, change)
  return { kind: 'committed', record, jobs: referencesTo(result.jobs) }
}

/** The jobs of a change, as its caller gets them. */
export function referencesTo(jobs: readonly (JobRequest & Pick<JobReference, 'id' | 'merged'>)[]): JobReference[] {
  return jobs.map(({ id, job, merged }) => ({ id, type: job.type, ...(merged && { merged }) }))
}

/** Before it is written: afterwards there would be nothing to give to the caller. */
function refuseWithoutRecord({ creates }: Command, { records: [first] = [] }: Change): void {
  if (first && first.kind !== 'remove') return
  throw new ChangeRefusedError(
    `the first record of a command is what its caller gets, and this change ${first ? 'removes it' : 'has no record'}: create, put or update a "${creates.name}" first`,
  )
}

/** What an update has made of the first record: a change does not hold the whole of it. */
async function updatedRecord<S extends ZodType, T extends object>(
  reader: RecordReader,
  { creates }: Command<S, T>,
  { records: [first] = [] }: Change,
): Promise<T | undefined> {
  return first?.kind === 'update' ? reader.get(creates, first.identity as never) : undefined
}

/** The record that a command writes first. */
function createdRecord<S extends ZodType, T extends object>(
  { creates }: Command<S, T>,
  { records: [first] = [] }: Change,
): T {
  return recordWritten(creates, first && 'value' in first ? first.value : {})
}
