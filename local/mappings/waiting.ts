/** Waiting that ends early when the mapping stops. None of these throws. */
import { setTimeout as delay } from 'node:timers/promises'

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}

/** Resolves with the work, or after `ms` without it. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  await Promise.race([work, pause(ms, over.signal)])
  over.abort()
}

/** 1, 2, 4… times `base`, no longer than `cap`. */
export function backoff(setbacks: number, { base, cap }: { readonly base: number; readonly cap: number }): number {
  return Math.min(cap, base * 2 ** Math.min(setbacks, 20))
}

/** Something that others wait for to change. */
export interface Bell {
  ring(): void
  /** Resolves at the next ring, after `ms`, or when `signal` aborts. */
  heard(signal: AbortSignal, ms?: number): Promise<void>
}

export function createBell(): Bell {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const wake of waiting) wake()
    },
    heard: (signal, ms) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const timer = ms === undefined ? undefined : setTimeout(wake, ms)
        function wake() {
          clearTimeout(timer)
          waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        waiting.add(wake)
        signal.addEventListener('abort', wake)
      }),
  }
}
