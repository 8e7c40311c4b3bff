import { batchCounts, defineJob, sealBatch } from 'outbox-relay'
import * as z from 'zod'

/** Seals the batch of the statements, once every page of users has been added to it. */
export default defineJob({
  type: 'seal-statements',
  schema: z.object({
    /** The batch of the statements. */
    statements: z.uuid(),
    /** The pages. */
    batch: batchCounts,
  }),
  lane: 'bulk',
  run: ({ statements }) => ({ batches: [sealBatch(statements)] }),
})
