import * as z from 'zod'
import { defineOwnRecord } from './record.ts'
import { ownPartition } from './record-attributes.ts'

/** Partition of the notes on paused lanes. */
export const lanePausePartition = ownPartition('lane-pause')

/** Who paused a lane, when and why; there while it is paused. The mapping itself knows only that it is disabled. */
export const lanePause = defineOwnRecord({
  name: 'lane-pause',
  schema: z.object({
    lane: z.string(),
    /** An IAM ARN, issuer and subject of a token, `anonymous`, or `circuit breaker`. */
    by: z.string(),
    at: z.iso.datetime(),
    reason: z.string().optional(),
  }),
  key: ({ lane }: { lane: string }) => ({ pk: lanePausePartition, sk: lane }),
})
