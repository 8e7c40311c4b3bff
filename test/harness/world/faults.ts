/** What goes wrong, how often, and how often it did. One generator of chance for everything, so that a seed replays exactly. */
import { seeded } from '../../support/random.ts'

/** What becomes of a call to AWS. */
export type Fate =
  | 'done'
  /** Refused, and not done. */
  | 'throttled'
  | 'service error'
  | 'transaction conflict'
  /** No answer in time, and not done. */
  | 'request lost'
  /** Done, and no answer in time. */
  | 'answer lost'
  /** No answer in time, and done some seconds later, when the caller has long gone on. */
  | 'done late'
  /** The process dies, before or after the call is done. */
  | 'death before'
  | 'death after'
  /** The answer comes when the process should long have been ended: a zombie. */
  | 'frozen'

/** What else goes wrong. */
export type Mishap =
  | 'entry refused'
  | 'delivered twice'
  | 'delete failed'
  | 'invocation throttled'
  | 'invoked twice'
  | 'time limit'
  | 'unwritable change'
  | 'job throws'
  | 'job kills its process'
  | 'moved by SQS'
  | 'put back by hand'
  | 'record trimmed'
  | 'record given up'
  | 'message expired'
  | 'lost alone'

export interface Chance {
  /** 0 ≤ n < 1 */
  random(): number
  /** A whole number from 0 to below `below`. */
  pick(below: number): number
  of<T>(list: readonly T[]): T
}

export interface Faults extends Chance {
  readonly counts: ReadonlyMap<Fate | Mishap, number>
  count(what: Fate | Mishap, times?: number): void
  /** What becomes of a call. */
  fate(command: string): Fate
  /** Whether a mishap happens now; counted if so. */
  happens(what: Mishap): boolean
  /** The next time that a mishap can happen, it does. */
  provoke(what: Mishap): void
  /** From now on all goes well. */
  end(): void
  readonly isOver: boolean
}

const fates: readonly (readonly [Fate, number])[] = [
  ['throttled', 0.008],
  ['service error', 0.004],
  ['request lost', 0.003],
  ['answer lost', 0.004],
  ['done late', 0.002],
  ['death before', 0.0015],
  ['death after', 0.0015],
  ['frozen', 0.001],
]
const conflict = 0.01

const mishaps: Partial<Record<Mishap, number>> = {
  'entry refused': 0.01,
  'delivered twice': 0.02,
  'delete failed': 0.01,
  'invocation throttled': 0.005,
  'invoked twice': 0.02,
}

export function createFaults(seed: number): Faults {
  const random = seeded(seed)
  const counts = new Map<Fate | Mishap, number>()
  const provoked = new Set<Mishap>()
  let isOver = false
  const count = (what: Fate | Mishap, times = 1) => {
    counts.set(what, (counts.get(what) ?? 0) + times)
  }
  const draw = (command: string): Fate => {
    let rest = random()
    for (const [fate, rate] of fates) {
      if (rest < rate) return fate
      rest -= rate
    }
    return command === 'TransactWriteCommand' && rest < conflict ? 'transaction conflict' : 'done'
  }
  const pick = (below: number) => Math.floor(random() * below)
  return {
    random,
    pick,
    of: (list) => list[pick(list.length)] as never,
    counts,
    count,
    fate(command) {
      const fate = isOver ? 'done' : draw(command)
      if (fate !== 'done') count(fate)
      return fate
    },
    happens(what) {
      const happens = provoked.delete(what) || (!isOver && random() < (mishaps[what] ?? 0))
      if (happens) count(what)
      return happens
    },
    provoke(what) {
      provoked.add(what)
    },
    end() {
      isOver = true
    },
    get isOver() {
      return isOver
    },
  }
}
