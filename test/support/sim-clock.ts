import type { Clock } from '../../shared/lib/ports.ts'

export interface SimClock extends Clock {
  /** Lets time pass, in ms. */
  advance(ms: number): void
}

/** A clock that stands still until told. A sleep is over at once and takes its time off the clock. */
export function simClock(random: () => number = () => 0.5, start = Date.UTC(2026, 0, 1)): SimClock {
  let now = start
  const advance = (ms: number) => {
    now += ms
  }
  return { now: () => new Date(now), sleep: async (ms) => advance(ms), random, advance }
}
