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

export const laneView = z.object({
  name: z.string(),
  kind: z.enum(['standard', 'ordered']),
  state: laneState,
  ...pause,
  /** Present where the lane pauses itself: once so many attempts fail within so long. */
  circuitBreaker: z.object({ failures: z.int(), withinSeconds: z.int() }).optional(),
})
export type Lane = z.infer<typeof laneView>

export const laneList = z.object({ lanes: z.array(laneView) })
export type Lanes = z.infer<typeof laneList>

export const laneParams = z.object({ name: z.string() })

/** The lane after a pause or resume. */
export const laneSwitched = z.object({ name: z.string(), state: laneState, ...pause })
export type LaneSwitched = z.infer<typeof laneSwitched>
