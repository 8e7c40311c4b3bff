/** Virtual time: what happens next happens at once, and all that follows from it has happened before the one after. */
import { heap } from '../../support/heap.ts'

export interface Timeline {
  /** ms since the epoch. */
  now(): number
  /** Does something after some ms. Things of the same moment happen in the order in which they were asked for. */
  after(ms: number, action: () => void): void
  /** Lets time pass up to a moment. */
  run(until: number): Promise<void>
}

interface Event {
  readonly at: number
  readonly order: number
  readonly action: () => void
}

export function createTimeline(start: number): Timeline {
  const events = heap<Event>((a, b) => a.at - b.at || a.order - b.order)
  let now = start
  let order = 0
  return {
    now: () => now,
    after(ms, action) {
      events.push({ at: now + Math.max(0, Math.ceil(ms)), order: order++, action })
    },
    async run(until) {
      for (let next = events.peek(); next && next.at <= until; next = events.peek()) {
        now = next.at
        for (let same = events.peek(); same?.at === now; same = events.peek()) events.pop()?.action()
        await settled()
      }
      now = Math.max(now, Math.ceil(until))
    },
  }
}

/** Everything that can go on without a further event has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => realSetImmediate(resolve))
}

const realSetImmediate = setImmediate

/** Puts timers on a timeline while something runs: the core's own time limits then follow virtual time. */
export async function withTimersOn<T>(timeline: Timeline, run: () => Promise<T>): Promise<T> {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const cleared = new Set<number>()
  let last = 0
  const virtual = {
    setTimeout(action: () => void, ms = 0) {
      const timer = ++last
      timeline.after(ms, () => {
        if (!cleared.delete(timer)) action()
      })
      return timer
    },
    clearTimeout(timer?: number) {
      if (timer !== undefined) cleared.add(timer)
    },
  }
  Object.assign(globalThis, virtual)
  try {
    return await run()
  } finally {
    Object.assign(globalThis, real)
  }
}
