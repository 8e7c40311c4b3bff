import * as z from 'zod'

/** Messages of a lane, as SQS counts them. */
export const laneStats = z.object({
  name: z.string(),
  visible: z.int(),
  inFlight: z.int(),
  delayed: z.int(),
  /** Messages in the dead-letter queue. */
  dead: z.int(),
  /** As CloudWatch had it a minute or two ago. Absent where nothing waits, or CloudWatch does not answer. */
  oldestAgeSeconds: z.number().optional(),
})
export type LaneStats = z.infer<typeof laneStats>

export const statsView = z.object({
  lanes: z.array(laneStats),
  jobs: z.object({ retrying: z.int(), dead: z.int() }),
})
export type Stats = z.infer<typeof statsView>
