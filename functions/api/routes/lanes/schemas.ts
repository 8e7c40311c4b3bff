import * as z from 'zod'

/** `changing`: AWS takes a few seconds to stop or start its pollers. */
export const laneState = z.enum(['running', 'paused', 'changing'])
export type LaneState = z.infer<typeof laneState>

/** Who paused the lane. Absent where it runs, or where it was paused without this API. */
const pause = {
  /** An operator as the gateway knows them, or the circuit breaker of the lane. */
  pausedBy: z.string().optional(),
  pausedAt: z.iso.datetime().optional(),
  pauseReason: z.string().optional(),
}

/** The rate limit of a job type. */
export const limitView = z.object({
  type: z.string(),
  limit: z.int(),
  perSeconds: z.int(),
  /** Whether each key has the limit for itself. */
  isKeyed: z.boolean(),
  /** How long the last job of its queue waits, in seconds. Absent where each key has a queue of its own. */
  lagSeconds: z.int().optional(),
})
export type LimitView = z.infer<typeof limitView>

export const laneView = z.object({
  name: z.string(),
  kind: z.enum(['standard', 'ordered']),
  state: laneState,
  ...pause,
  /** Present where the lane pauses itself: once so many attempts fail within so long. */
  circuitBreaker: z.object({ failures: z.int(), withinSeconds: z.int() }).optional(),
  /** Rate limits of the job types of the lane. Absent where none has any. */
  limits: z.array(limitView).optional(),
})
export type Lane = z.infer<typeof laneView>

export const laneList = z.object({ lanes: z.array(laneView) })
export type Lanes = z.infer<typeof laneList>

export const laneParams = z.object({ name: z.string() })

/** The lane after a pause or resume. */
export const laneSwitched = z.object({ name: z.string(), state: laneState, ...pause })
export type LaneSwitched = z.infer<typeof laneSwitched>
