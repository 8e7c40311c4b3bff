import type { Usage } from './types.ts'

interface Units {
  readUnits?: number
  writeUnits?: number
  requestUnits?: number
}

interface FunctionUsage {
  invocations: number
  /** Sum over all invocations, ms. */
  durationMs: number
  /** `"dynamodb.TransactWriteItems"` → how often, and what AWS would bill for it. */
  calls: Record<string, { count: number } & Units>
}

export type UsageSnapshot = { readonly functions: Readonly<Record<string, FunctionUsage>> }

/** Sums since the start, or since the last reset. Kept in memory only: a restart starts at zero. */
export function createUsage(): Usage & { snapshot(): UsageSnapshot; reset(): void } {
  let functions: Record<string, FunctionUsage> = {}
  const of = (name: string) => {
    functions[name] ??= { invocations: 0, durationMs: 0, calls: {} }
    return functions[name]
  }
  return {
    invocation(functionName, durationMs) {
      const usage = of(functionName)
      usage.invocations += 1
      usage.durationMs += durationMs
    },
    call(functionName, call, units) {
      const { calls } = of(functionName)
      calls[call] ??= { count: 0 }
      const sum = calls[call]
      sum.count += 1
      for (const unit of ['readUnits', 'writeUnits', 'requestUnits'] as const) {
        if (units[unit] !== undefined) sum[unit] = (sum[unit] ?? 0) + units[unit]
      }
    },
    snapshot: () => structuredClone({ functions }),
    reset() {
      functions = {}
    },
  }
}
