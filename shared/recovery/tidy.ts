/** Tidying: dead letters of jobs that are no longer dead leave the dead-letter queues. */
import type { Effect } from '../execution/effect.ts'
import type { Clock } from '../lib/ports.ts'
import { decodeMessage } from '../outbox/envelope.ts'

/** A dead letter, received and hidden for a while. */
export interface DeadLetter {
  readonly receiptHandle: string
  readonly body: string
  /** Which death of its job it tells of; 0 if SQS itself moved it here. */
  readonly deaths: number
  /** On an ordered lane. */
  readonly group?: string
  /** The reason of its job's death, as its consumer wrote it. */
  readonly reason?: string
}

/** The dead-letter queue of a lane. */
export interface DeadLetterQueue {
  /** Up to 10 dead letters, hidden from others meanwhile; none when the queue has no more visible ones. */
  receive(): Promise<readonly DeadLetter[]>
  remove(deadLetters: readonly DeadLetter[]): Promise<void>
  /** Shows dead letters again at once. */
  release(deadLetters: readonly DeadLetter[]): Promise<void>
  /**
   * Puts dead letters behind all others, which may be hidden behind them: a FIFO queue gives no dead letter of a group
   * while an earlier one is with a receiver. Absent where the queue has no groups.
   */
  readonly putBehind?: (deadLetters: readonly DeadLetter[]) => Promise<void>
}

export interface TidyDeps {
  readonly clock: Pick<Clock, 'now'>
  /** Reads several effects, as of the last write; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  readonly deadLetters: (lane: string) => DeadLetterQueue | undefined
}

/**
 * Takes the dead letters of jobs that are no longer dead out of a lane's dead-letter queue, so that its alarm tells only
 * of what is still to be done.
 *
 * @param expected how many dead letters there should be to take out; after that many it stops
 * @returns whether it came to an end before `until`
 */
export async function tidy(deps: TidyDeps, lane: string, expected: number, until: number): Promise<boolean> {
  const queue = deps.deadLetters(lane)
  if (!queue) return true
  // Only for dead letters that are known to be there: going once round a long queue takes a while.
  const keep = keeper(queue, Number.isFinite(expected))
  let removed = 0
  try {
    while (removed < expected) {
      if (deps.clock.now().getTime() >= until) return false
      const deadLetters = await queue.receive()
      if (deadLetters.length === 0) return true
      const stale = await staleDeadLetters(deps, deadLetters)
      await queue.remove(stale)
      removed += stale.length
      const rest = deadLetters.filter((deadLetter) => !stale.includes(deadLetter))
      await (removed < expected ? keep.aside(rest) : keep.hold(rest))
    }
    return true
  } finally {
    await keep.release()
  }
}

/** The treatment of dead letters that stay: held until the end, or put behind those that hide behind them. */
function keeper(queue: DeadLetterQueue, goesRound: boolean) {
  const held: DeadLetter[] = []
  const behind = new Set<string>()
  const hold = async (deadLetters: readonly DeadLetter[]) => {
    held.push(...deadLetters)
  }
  return {
    hold,
    async aside(deadLetters: readonly DeadLetter[]): Promise<void> {
      if (!queue.putBehind || !goesRound) return hold(deadLetters)
      const first = deadLetters.filter((deadLetter) => !behind.has(nameOf(deadLetter)))
      for (const deadLetter of first) behind.add(nameOf(deadLetter))
      await queue.putBehind(first)
      // One that comes again has been round once: it is held, so that the dead letters of other groups come.
      await hold(deadLetters.filter((deadLetter) => !first.includes(deadLetter)))
    },
    release: () => queue.release(held),
  }
}

function nameOf({ body, deaths }: DeadLetter): string {
  return `${deaths} ${body}`
}

/** Dead letters whose job went on: it ended, or it was sent to its lane again. */
async function staleDeadLetters(deps: TidyDeps, deadLetters: readonly DeadLetter[]): Promise<DeadLetter[]> {
  const ids = deadLetters.map(idOf)
  const known = ids.filter((id) => id !== undefined)
  const effects = new Map((await deps.effects([...new Set(known)])).map((effect) => [effect.pk, effect]))
  return deadLetters.filter((deadLetter, i) => {
    const effect = effects.get(ids[i] ?? '')
    return effect !== undefined && isStale(deadLetter, effect)
  })
}

/**
 * Whether a dead letter only repeats what is known elsewhere. The dead letter of a dead job never is. One that SQS moved here by
 * itself (0 deaths) may be the only message of a job that is still to be done, so it stays until the job has ended.
 */
export function isStale(deadLetter: Pick<DeadLetter, 'deaths'>, effect: Pick<Effect, 'state' | 'deaths'>): boolean {
  if (effect.state === 'succeeded' || effect.state === 'cancelled') return true
  return effect.state !== 'dead' && deadLetter.deaths > 0 && deadLetter.deaths <= effect.deaths
}

function idOf(deadLetter: DeadLetter): string | undefined {
  const decoded = decodeMessage(deadLetter.body)
  return decoded.kind === 'envelope' ? decoded.envelope.id : undefined
}
