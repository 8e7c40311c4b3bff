import { z } from 'zod'
import type { RouteHandler } from '../types.ts'

const schema = z.object({ latency: z.number().min(0).max(60_000) })

/** Network effects in LocalStack's shape: `{latency}`, ms added to each call of an AWS service. */
export function createEffects(): { latency(): number; routes: Record<string, RouteHandler> } {
  let effects: z.infer<typeof schema> = { latency: 0 }
  return {
    latency: () => effects.latency,
    routes: {
      GET: async () => ({ status: 200, body: effects }),
      POST: async ({ body }) => {
        const parsed = schema.safeParse(body)
        if (!parsed.success) return { status: 400, body: { message: 'Send {"latency": ms}, with 0 to 60000 ms.' } }
        effects = parsed.data
        return { status: 200, body: effects }
      },
    },
  }
}
