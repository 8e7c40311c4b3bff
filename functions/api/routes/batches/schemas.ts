import * as z from 'zod'
import { batchStatuses } from '../../../../shared/batch/status.ts'
import { cursor } from '../../page-schemas.ts'
import { jobDetail, jobReceipt, newJob } from '../jobs/schemas.ts'

export const batchStatus = z.enum(batchStatuses)
export type BatchStatus = z.infer<typeof batchStatus>

const newCallback = newJob.omit({ delaySeconds: true, runAt: true })
export type NewCallback = z.infer<typeof newCallback>

const members = z.array(newJob).min(1).max(100)

export const newBatch = z.strictObject({
  /** Members of the batch: 1 to 100. */
  jobs: members.optional(),
  /** More members may be added until the batch is sealed. */
  open: z.boolean().optional(),
  /** Job to create once every member has ended. Its payload gets the counts of the batch, as `batch`. */
  onFinished: newCallback.optional(),
  /** Job to create once every member has succeeded, which a redrive may bring about later. */
  onSucceeded: newCallback.optional(),
})
export type NewBatch = z.infer<typeof newBatch>

export const newMembers = z.strictObject({ jobs: members })

export const batchReceipt = z.object({ id: z.string(), jobs: z.array(jobReceipt) })

export const membersReceipt = z.object({ jobs: z.array(jobReceipt) })

export const batchParams = z.object({ id: z.string() })

const event = z.enum(['finished', 'succeeded'])

export const batchView = z.object({
  id: z.string(),
  status: batchStatus,
  /** Members. Jobs that were merged into others are none. */
  total: z.int(),
  succeeded: z.int(),
  dead: z.int(),
  cancelled: z.int(),
  /** Members that have not ended. */
  pending: z.int(),
  createdAt: z.iso.datetime(),
  sealedAt: z.iso.datetime().optional(),
  /** When every member had ended for the first time. */
  finishedAt: z.iso.datetime().optional(),
  /** When every member had succeeded. */
  succeededAt: z.iso.datetime().optional(),
  /** Jobs that the batch has caused. */
  callbacks: z.array(z.object({ event, id: z.string(), type: z.string() })),
  /** Jobs that it causes when their event takes place. */
  pendingCallbacks: z.array(z.object({ event, type: z.string() })),
})
export type Batch = z.infer<typeof batchView>

export const batchesQuery = z.strictObject({
  status: batchStatus.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor,
})

export const batchList = z.object({ batches: z.array(batchView), next: z.string().optional() })
export type BatchesQuery = z.input<typeof batchesQuery>
export type Batches = z.infer<typeof batchList>

export const membersQuery = z.strictObject({
  /** Only the members that the batch counts so: `pending` are those that have not ended. */
  status: z.enum(['pending', 'dead', 'cancelled']).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(100),
  cursor,
})

export const memberList = z.object({ jobs: z.array(jobDetail.omit({ waitingFor: true })), next: z.string().optional() })
export type MembersQuery = z.input<typeof membersQuery>
export type Members = z.infer<typeof memberList>
