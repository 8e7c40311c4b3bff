/** Batches: jobs whose common end causes another job, exactly once. */
import * as z from 'zod'
import type { BatchCallback, BatchOptions, BatchRequest, JobOptions, JobRequest, JobType } from './job-type.ts'

export type { BatchCallback, BatchOptions, BatchRequest }

/**
 * Counts of a batch at the moment of an event. The payload of a callback has them as `batch`, so the schema of its job type
 * has the field `batch: batchCounts`.
 */
export const batchCounts = z.object({
  /** Id of the batch. */
  id: z.string(),
  /** Number of members. */
  total: z.int().min(0),
  succeeded: z.int().min(0),
  dead: z.int().min(0),
  cancelled: z.int().min(0),
})
/** Counts of a batch, as the payload of a callback has them. */
export type BatchCounts = z.infer<typeof batchCounts>

/**
 * Creates a batch, in the change of a commit, a command or a job. Its members are jobs like any others, and may run in any lane.
 * Once all of them have ended, the batch causes its callbacks, each exactly once.
 *
 * @example
 * return {
 *   batches: [batch({
 *     jobs: users.map(({ id }) => request(makeStatement, { userId: id, month })),
 *     onFinished: callback(mailStatementReport, { month }),
 *   })],
 * }
 */
export function batch(options: BatchOptions): BatchRequest {
  return { kind: 'create', ...options }
}

/**
 * Adds members to an open batch, in a change. The change is refused if the batch is sealed or does not exist.
 *
 * @param id id of the batch
 * @param jobs 1 to 100 jobs
 * @example
 * return { batches: [addToBatch(batchId, users.map(({ id }) => request(makeStatement, { userId: id, month })))] }
 */
export function addToBatch(id: string, jobs: readonly JobRequest[]): BatchRequest {
  return { kind: 'add', id, jobs }
}

/**
 * Seals an open batch, in a change: it has all its members. The change is refused if the batch is sealed or does not exist.
 *
 * @param id id of the batch
 * @example
 * return { batches: [addToBatch(batchId, lastJobs), sealBatch(batchId)] }
 */
export function sealBatch(id: string): BatchRequest {
  return { kind: 'seal', id }
}

/**
 * Creates the callback of a batch. The counts of the batch are added to the payload, as `batch`.
 *
 * @example
 * export const mailStatementReport = defineJob({
 *   type: 'mail-statement-report',
 *   schema: z.object({ month: z.string(), batch: batchCounts }),
 *   async run({ month, batch }, { services, effectKey, signal }) {
 *     const text = `${batch.succeeded} of ${batch.total} statements were made.`
 *     const mail = { to: 'office@example.com', subject: month, text, idempotencyKey: effectKey }
 *     await services.mail.send(mail, signal)
 *   },
 * })
 */
export function callback<S extends z.ZodType>(
  job: JobType<S>,
  payload: Omit<z.input<S>, 'batch'>,
  options: Omit<JobOptions, 'runAt'> = {},
): BatchCallback {
  return { job, payload, ...options }
}
