import { createStore, useStore } from './store.ts'

/** ms that the API's clock is ahead of this machine's. A redrive ends at a time of the API's clock. */
let ahead = 0

/** Learns the difference from an answer's `Date` header, which has whole seconds. */
export function serverTime(date: string | null): void {
  const difference = date ? Date.parse(date) - Date.now() : 0
  const known = ahead
  ahead = Math.abs(difference) < 2_000 ? 0 : difference
  // What is on the page already must not count from the wrong clock until the next tick.
  if (Math.abs(ahead - known) >= 2_000) ticks.set(now())
}

/** The API's time, in ms since the epoch. */
export function now(): number {
  return Date.now() + ahead
}

const ticks = createStore(Date.now())
setInterval(() => document.hidden || ticks.set(now()), 1_000)

/** The API's time, each second anew. */
export function useNow(): number {
  return useStore(ticks)
}
