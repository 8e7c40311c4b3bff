/** Actors that work at the same time and take turns at every call of the tables, where they may die. */
import type { Store } from '../../shared/lib/ports.ts'

/** The process died: what it called may have happened, or not. */
class Death extends Error {}

export interface Interleaving {
  /** The tables as actors use them. */
  readonly store: Store
  /** Number of actors at work. */
  readonly atWork: number
  /** Starts an actor. A death ends it silently; any other error fails the test. */
  act(work: () => Promise<unknown>): void
  /** Lets actors work, in random turns, until something holds. */
  until(isOver: () => boolean): Promise<void>
  /** Lets actors work until all of them have ended. */
  rest(): Promise<void>
  /** From now on, nobody dies. */
  calm(): void
}

/** @param deaths chance of a death before a call, and after it */
export function interleaving(store: Store, random: () => number, deaths: number): Interleaving {
  const waiting: (() => void)[] = []
  const faults: unknown[] = []
  let isCalm = false
  let atWork = 0

  const mayDie = () => {
    if (!isCalm && random() < deaths) throw new Death()
  }
  async function call<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => waiting.push(resolve))
    mayDie()
    const result = await work()
    mayDie()
    return result
  }
  async function until(isOver: () => boolean): Promise<void> {
    while (!isOver() && faults.length === 0) {
      await new Promise((resolve) => setImmediate(resolve))
      const [next] = waiting.splice(Math.floor(random() * waiting.length), 1)
      next?.()
    }
    if (faults.length > 0) throw faults[0]
  }

  return {
    store: {
      get: (table, key) => call(() => store.get(table, key)),
      write: (write) => call(() => store.write(write)),
      transact: (writes, token) => call(() => store.transact(writes, token)),
    },
    get atWork() {
      return atWork
    },
    act(work) {
      atWork++
      work()
        .catch((error: unknown) => {
          if (!(error instanceof Death)) faults.push(error)
        })
        .finally(() => atWork--)
    },
    until,
    rest: () => until(() => atWork === 0),
    calm() {
      isCalm = true
    },
  }
}
