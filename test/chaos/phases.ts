/** Where the time of a run goes. */

/** Seconds by name of the phase, in the order in which they began. */
export type Phases = Readonly<Record<string, number>>

export interface Stopwatch {
  /** Does some work, whose time counts under a name; twice under the same is added up. */
  time<T>(name: string, work: () => Promise<T>): Promise<T>
  phases(): Phases
}

/** @param now ms */
export function stopwatch(now = () => performance.now()): Stopwatch {
  const seconds: Record<string, number> = {}
  return {
    async time(name, work) {
      const began = now()
      try {
        return await work()
      } finally {
        seconds[name] = (seconds[name] ?? 0) + (now() - began) / 1000
      }
    },
    phases: () => ({ ...seconds }),
  }
}
