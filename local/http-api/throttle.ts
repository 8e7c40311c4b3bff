import type { Api } from '../model.ts'

/**
 * A token bucket per route: `burst` tokens at most, `ratePerSecond` new ones a second. The stage's default settings
 * hold for each route on its own, as on AWS. Returns whether a request may pass. `now` is in ms.
 */
export function createThrottle(limits: Api['throttling'], now: () => number) {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return (routeKey: string): boolean => {
    if (!limits) return true
    const at = now()
    const last = buckets.get(routeKey) ?? { tokens: limits.burst, at }
    const tokens = Math.min(limits.burst, last.tokens + ((at - last.at) / 1000) * limits.ratePerSecond)
    const passes = tokens >= 1
    buckets.set(routeKey, { tokens: passes ? tokens - 1 : tokens, at })
    return passes
  }
}
