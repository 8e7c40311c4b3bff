import { z } from 'zod'
import type { RouteHandler } from '../types.ts'

const schema = z.strictObject({
  latency: z.number().min(0).max(60_000).optional(),
  metricsDelay: z.number().min(0).max(3_600_000).optional(),
})

export interface Effects {
  /** ms added to each call of an AWS service. */
  latency(): number
  /** ms until a metric of a function's log line can be read, at the time that the line gives it. */
  metricsDelay(): number
  readonly routes: Record<string, RouteHandler>
}

/** Network effects in LocalStack's shape, `{latency}`. Ours beyond it: `{metricsDelay}`. What is left out is 0. */
export function createEffects(): Effects {
  let effects: z.infer<typeof schema> = { latency: 0 }
  return {
    latency: () => effects.latency ?? 0,
    metricsDelay: () => effects.metricsDelay ?? 0,
    routes: {
      GET: async () => ({ status: 200, body: effects }),
      POST: async ({ body }) => {
        const parsed = schema.safeParse(body)
        if (!parsed.success) return { status: 400, body: { message: MESSAGE } }
        effects = parsed.data
        return { status: 200, body: effects }
      },
    },
  }
}

const MESSAGE =
  'Send {"latency": ms, "metricsDelay": ms}, each of which may be left out: latency is 0 to 60000 ms, metricsDelay 0 to 3600000 ms.'
