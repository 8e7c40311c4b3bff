/** Tidying: letters of jobs that are no longer dead leave the dead-letter queues. */
import type { Effect } from '../execution/effect.ts'
import type { Clock } from '../lib/ports.ts'
import { decodeMessage } from '../outbox/envelope.ts'

/** A dead letter, received and hidden for a while. */
export interface Letter {
  readonly receiptHandle: string
  readonly body: string
  /** Which death of its job it tells of; 0 if SQS itself moved it here. */
  readonly deaths: number
  /** On an ordered lane. */
  readonly group?: string | undefined
  /** Why its job died, as its consumer wrote it. */
  readonly reason?: string | undefined
}

/** The dead-letter queue of a lane. */
export interface DeadLetterQueue {
  /** Up to 10 letters, hidden from others meanwhile; none when the queue has no more visible ones. */
  receive(): Promise<readonly Letter[]>
  remove(letters: readonly Letter[]): Promise<void>
  /** Shows letters again at once. */
  release(letters: readonly Letter[]): Promise<void>
  /**
   * Puts letters behind all others, which may be hidden behind them: a FIFO queue gives no letter of a group while an earlier one
   * is with a receiver. Absent where the queue has no groups.
   */
  readonly putBehind?: ((letters: readonly Letter[]) => Promise<void>) | undefined
}

export interface TidyDeps {
  readonly clock: Pick<Clock, 'now'>
  /** Reads several effects, as of the last write; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  readonly deadLetters: (lane: string) => DeadLetterQueue | undefined
}

/**
 * Takes the letters of jobs that are no longer dead out of a lane's dead-letter queue, so that its alarm tells only of what is still to be done.
 *
 * @param expected how many letters there should be to take out; after that many it stops
 * @returns whether it came to an end before `until`
 */
export async function tidy(deps: TidyDeps, lane: string, expected: number, until: number): Promise<boolean> {
  const queue = deps.deadLetters(lane)
  if (!queue) return true
  // Only for letters that are known to be there: going once round a long queue takes a while.
  const keep = keeper(queue, Number.isFinite(expected))
  let removed = 0
  try {
    while (removed < expected) {
      if (deps.clock.now().getTime() >= until) return false
      const letters = await queue.receive()
      if (letters.length === 0) return true
      const stale = await staleLetters(deps, letters)
      await queue.remove(stale)
      removed += stale.length
      const rest = letters.filter((letter) => !stale.includes(letter))
      await (removed < expected ? keep.aside(rest) : keep.hold(rest))
    }
    return true
  } finally {
    await keep.release()
  }
}

/** What happens to letters that stay: held until the end, or put behind those that hide behind them. */
function keeper(queue: DeadLetterQueue, goesRound: boolean) {
  const held: Letter[] = []
  const behind = new Set<string>()
  const hold = async (letters: readonly Letter[]) => {
    held.push(...letters)
  }
  return {
    hold,
    async aside(letters: readonly Letter[]): Promise<void> {
      if (!queue.putBehind || !goesRound) return hold(letters)
      const first = letters.filter((letter) => !behind.has(nameOf(letter)))
      for (const letter of first) behind.add(nameOf(letter))
      await queue.putBehind(first)
      // One that comes again has been round once: it is held, so that the letters of other groups come.
      await hold(letters.filter((letter) => !first.includes(letter)))
    },
    release: () => queue.release(held),
  }
}

function nameOf({ body, deaths }: Letter): string {
  return `${deaths} ${body}`
}

/** Letters whose job went on: it ended, or it was sent to its lane again. */
async function staleLetters(deps: TidyDeps, letters: readonly Letter[]): Promise<Letter[]> {
  const ids = letters.map(idOf)
  const known = ids.filter((id) => id !== undefined)
  const effects = new Map((await deps.effects([...new Set(known)])).map((effect) => [effect.pk, effect]))
  return letters.filter((letter, i) => {
    const effect = effects.get(ids[i] ?? '')
    return effect !== undefined && isStale(letter, effect)
  })
}

/**
 * Whether a letter only repeats what is known elsewhere. The letter of a dead job never is. One that SQS moved here by
 * itself (0 deaths) may be the only message of a job that is still to be done, so it stays until the job has ended.
 */
export function isStale(letter: Pick<Letter, 'deaths'>, effect: Pick<Effect, 'state' | 'deaths'>): boolean {
  if (effect.state === 'succeeded' || effect.state === 'cancelled') return true
  return effect.state !== 'dead' && letter.deaths > 0 && letter.deaths <= effect.deaths
}

function idOf(letter: Letter): string | undefined {
  const decoded = decodeMessage(letter.body)
  return decoded.kind === 'envelope' ? decoded.envelope.id : undefined
}
