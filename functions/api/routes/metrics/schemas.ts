import * as z from 'zod'

export const metricsQuery = z.strictObject({ minutes: z.coerce.number().int().min(5).max(1_440).default(60) })

/** One number a period, oldest first. */
const line = z.array(z.number())

/** How many jobs of a lane came how far, period by period. */
export const laneMetrics = z.object({
  name: z.string(),
  accepted: line,
  started: line,
  succeeded: line,
  retrying: line,
  dead: line,
  /** From accepted to succeeded, over the whole time. Absent where no job succeeded. */
  latencyMs: z.object({ p50: z.number(), p99: z.number() }).optional(),
})
export type LaneMetrics = z.infer<typeof laneMetrics>

export const metricsView = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  /** The length of a period. The last period is still running. */
  periodSeconds: z.int(),
  lanes: z.array(laneMetrics),
})
export type Metrics = z.infer<typeof metricsView>
