/** Where the time of a run goes. */

/** Seconds by name of the phase, in the order in which they began. */
export type Phases = Readonly<Record<string, number>>

export interface Stopwatch {
  /** Does some work, and notes how long it took. */
  time<T>(name: string, work: () => Promise<T>): Promise<T>
  phases(): Phases
}

export function stopwatch(): Stopwatch {
  const seconds: Record<string, number> = {}
  return {
    async time(name, work) {
      const began = performance.now()
      try {
        return await work()
      } finally {
        seconds[name] = (performance.now() - began) / 1000
      }
    },
    phases: () => ({ ...seconds }),
  }
}
