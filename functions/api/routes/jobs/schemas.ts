import * as z from 'zod'
import { jobStatuses } from '../../../../shared/execution/job-status.ts'
import { failingFilter, failingPageQuery } from '../../page-schemas.ts'

export { hasEnded } from '../../../../shared/execution/job-status.ts'

export const jobStatus = z.enum(jobStatuses)
export type JobStatus = z.infer<typeof jobStatus>

export const newJob = z.strictObject({
  type: z.string(),
  payload: z.unknown(),
  delaySeconds: z.number().min(0).optional(),
  runAt: z.iso.datetime({ offset: true }).optional(),
  lane: z.string().optional(),
  group: z.string().optional(),
  tenant: z.string().optional(),
})
export type NewJob = z.infer<typeof newJob>

export const newJobBatch = z.strictObject({ jobs: z.array(newJob).min(1).max(100) })

/** The answer to a caller that asked for a job. */
export const jobReceipt = z.object({
  id: z.string(),
  type: z.string(),
  status: jobStatus,
  /** The request was merged into a unique job that stood already: id and status are of that one. */
  merged: z.literal(true).optional(),
})
export type JobReceipt = z.infer<typeof jobReceipt>

export const jobBatchReceipt = z.object({ jobs: z.array(jobReceipt) })

export const jobCancelled = jobReceipt.omit({ type: true, merged: true })
export type JobCancelled = z.infer<typeof jobCancelled>

/** Without a payload, the job itself runs again. */
export const jobReplay = z
  .strictObject({
    /** The whole payload of the new job. A placeholder `[redacted]` where the API shows one stands for the value of before. */
    payload: z.unknown().optional(),
  })
  .optional()

export const jobParams = z.object({ id: z.string() })

export const jobQuery = z.strictObject({
  /** Seconds to wait for the end of the job, 0 to 20. The answer comes as soon as it ends, or when they are over. */
  wait: z.coerce.number().int().min(0).max(20).optional(),
})

/**
 * Times are of what the list is sorted by: when a job was accepted; for `retrying` and `dead`, since when it fails; for
 * `scheduled`, when it starts. `since` is inclusive, `until` exclusive.
 */
export const jobsQuery = z.strictObject({
  /** `order/0198…`: the jobs that were written with this record, whatever their status. No filter goes with it. */
  record: z.string().min(3).max(500).optional(),
  status: jobStatus.optional(),
  ...failingFilter,
  lane: z.string().min(1).max(64).optional(),
  /** The beginning of an id, or a whole one. */
  id: z
    .string()
    .regex(/^[A-Za-z0-9_.:@+=~-]{1,101}$/, 'must be the beginning of a job id')
    .optional(),
  ...failingPageQuery,
})

export type JobsQuery = z.input<typeof jobsQuery>

/** A failed attempt. */
export const jobFailure = z.object({ attempt: z.int(), at: z.iso.datetime(), error: z.string() })
export type JobFailure = z.infer<typeof jobFailure>

export const jobView = z.object({
  ...jobReceipt.omit({ merged: true }).shape,
  lane: z.string(),
  group: z.string().optional(),
  tenant: z.string().optional(),
  attempts: z.int(),
  maxAttempts: z.int(),
  createdAt: z.iso.datetime(),
  runAt: z.iso.datetime().optional(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  /** Of a job that waits: before this moment no attempt starts. If it waits for its rate limit, one starts about then at the latest. */
  nextAttemptAt: z.iso.datetime().optional(),
  lastError: z.string().optional(),
  /** Attempt by attempt, oldest first. */
  failures: z.array(jobFailure).readonly().optional(),
  /** How far the attempt is, or was when it failed. */
  progress: z
    .object({ percent: z.number().optional(), message: z.string().optional(), at: z.iso.datetime() })
    .optional(),
  traceparent: z.string().optional(),
  /** The job that this one was made of, with another payload. */
  replayOf: z.string().optional(),
  /** The job that was made of this one, with another payload: this one never runs again. */
  replayedAs: z.string().optional(),
  /** `null` when `payloadExpired` is true. */
  payload: z.unknown(),
  /** The outbox item of the job, which had its payload, has expired or cannot be read: the job cannot be replayed. */
  payloadExpired: z.literal(true).optional(),
})
export type Job = z.infer<typeof jobView>

export const jobList = z.object({
  jobs: z.array(jobView),
  /** The next page. A page may be short, or empty, and yet not be the last. */
  next: z.string().optional(),
  /** The only statuses in a list that was asked for all, where the stage has no index of all jobs (`jobIndex`). */
  statuses: z.array(jobStatus).readonly().optional(),
})
export type Jobs = z.infer<typeof jobList>

/** More of what a job waits for. */
export const waitingOn = z
  .object({
    /** `schedule`: its start. `rate-limit`: about its start, at the latest. */
    until: z.iso.datetime(),
    /** `paused-lane`: the lane, and who paused it. */
    lane: z.string(),
    pausedBy: z.string(),
    pausedAt: z.iso.datetime(),
    /** `group`: the job of the group that comes first. */
    job: z.string(),
    /** `rate-limit`: the limit. Its key is hidden where it follows from what the type hides. */
    limit: z.object({ type: z.string(), limit: z.int(), perSeconds: z.int(), key: z.string().optional() }),
  })
  .partial()

/** A job alone, with what leads on from it. */
export const jobDetail = z.object({
  ...jobView.shape,
  /** What the job returned as its result. */
  result: z.unknown().optional(),
  /**
   * What the job waits for: its time, its lane to be resumed, the jobs of its group before it, or a slot of its rate limit. Absent
   * where it waits for its message or a backoff alone.
   */
  waitingFor: z.enum(['schedule', 'paused-lane', 'group', 'rate-limit']).optional(),
  waitingOn: waitingOn.optional(),
  /** Id of the batch of which the job is a member. */
  batch: z.string().optional(),
  /** The record that the job was written with, or the first job of its chain. */
  record: z.object({ kind: z.string(), id: z.string(), path: z.string() }).optional(),
  /** 32 hex digits, out of `traceparent`. */
  traceId: z.string().optional(),
  /** `logs` and `trace` lead to the AWS console, where the stack is deployed; `record` is a path of this API. */
  links: z.object({ logs: z.string(), trace: z.string(), record: z.string() }).partial().optional(),
})
export type JobDetail = z.infer<typeof jobDetail>
