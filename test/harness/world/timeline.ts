/** Virtual time: what happens next happens at once, and all that follows from it has happened before the one after. */
import { heap } from '../../support/heap.ts'

export interface Timeline {
  /** ms since the epoch. */
  now(): number
  /**
   * Does something after some ms. Things of the same moment happen in the order in which they were asked for.
   *
   * @returns takes it back
   */
  after(ms: number, action: () => void): () => void
  /** When something happens next, in ms since the epoch. */
  readonly nextAt: number | undefined
  /** Lets time pass up to a moment; all that can go on until then has gone on. */
  run(until: number): Promise<void>
}

interface Event {
  readonly at: number
  readonly order: number
  readonly action: () => void
  isVoid: boolean
}

export function createTimeline(start: number): Timeline {
  const events = heap<Event>((a, b) => a.at - b.at || a.order - b.order)
  let now = start
  let order = 0
  const next = (): Event | undefined => {
    while (events.peek()?.isVoid) events.pop()
    return events.peek()
  }
  return {
    now: () => now,
    after(ms, action) {
      const event = { at: now + Math.max(0, Math.ceil(ms)), order: order++, action, isVoid: false }
      events.push(event)
      return () => {
        event.isVoid = true
      }
    },
    get nextAt() {
      return next()?.at
    },
    async run(until) {
      await settled()
      for (let first = next(); first && first.at <= until; first = next()) {
        now = first.at
        for (let same: Event | undefined = first; same?.at === now; same = next()) events.pop()?.action()
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
  const pending = new Map<number, () => void>()
  let last = 0
  const virtual = {
    setTimeout(action: () => void, ms = 0) {
      const timer = ++last
      const due = () => {
        pending.delete(timer)
        action()
      }
      pending.set(timer, timeline.after(ms, due))
      return timer
    },
    clearTimeout(timer?: number) {
      if (timer === undefined) return
      pending.get(timer)?.()
      pending.delete(timer)
    },
  }
  Object.assign(globalThis, virtual)
  try {
    return await run()
  } finally {
    Object.assign(globalThis, real)
  }
}
