/** Redrive: dead jobs go back to their lanes, chosen one by one or by a filter; then their letters leave the dead-letter queue. */
import { type Effect, effectOf, reviveWrite } from './effect.ts'
import { decodeMessage, type Envelope } from './outbox-item.ts'
import type { Clock, LaneSender, Store } from './ports.ts'
import type { Registry } from './registry.ts'
import { chunks, outgoing, unsendable } from './send.ts'

/** A dead letter, received and hidden for a while. */
export interface Letter {
  readonly receiptHandle: string
  readonly body: string
  /** Which death of its job it tells of; 0 if SQS itself moved it here. */
  readonly deaths: number
}

/** The dead-letter queue of a lane. */
export interface DeadLetterQueue {
  /** Up to 10 letters, hidden from others meanwhile; none when the queue has no more visible ones. */
  receive(): Promise<readonly Letter[]>
  remove(letters: readonly Letter[]): Promise<void>
  /** Shows letters again at once. */
  release(letters: readonly Letter[]): Promise<void>
}

export interface RedriveDeps {
  readonly store: Store
  readonly clock: Clock
  readonly registry: Registry
  readonly sender: LaneSender
  /** Reads several effects, as of the last write; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  /** Reads the outbox items of several jobs as envelopes; what has expired is left out. */
  readonly envelopes: (ids: readonly string[]) => Promise<readonly Envelope[]>
  readonly deadLetters: (lane: string) => DeadLetterQueue | undefined
}

export interface RedriveResult {
  readonly matched: number
  readonly moved: number
  /** False when time ran out: call again. */
  readonly complete: boolean
}

/**
 * Sends dead jobs to their lanes again, each with a fresh budget of attempts.
 *
 * If the process dies after a send and before the effect says so, the job is listed as dead for a moment longer, or sent
 * twice: its claim accepts a letter of its latest death, once.
 *
 * @param dead pages of dead effects
 * @param until ms since the epoch
 */
export async function redrive(
  deps: RedriveDeps,
  dead: AsyncIterable<readonly Effect[]>,
  until: number,
): Promise<RedriveResult> {
  const movedPerLane = new Map<string, number>()
  let matched = 0
  let moved = 0
  let complete = true
  for await (const page of dead) {
    matched += page.length
    for (const lane of await sendAgain(deps, page)) {
      movedPerLane.set(lane, (movedPerLane.get(lane) ?? 0) + 1)
      moved++
    }
    complete = deps.clock.now().getTime() < until
    if (!complete) break
  }
  for (const [lane, count] of movedPerLane) complete = (await tidy(deps, lane, count, until)) && complete
  // A call before this one may have moved everything, and had no time left for the letters.
  if (moved === 0)
    await Promise.all([...deps.registry.lanes.keys()].map((lane) => tidy(deps, lane, Number.POSITIVE_INFINITY, until)))
  return { matched, moved, complete }
}

/** Counts what a redrive would move. */
export async function countMatches(dead: AsyncIterable<readonly Effect[]>): Promise<number> {
  let matched = 0
  for await (const page of dead) matched += page.length
  return matched
}

/** Sends jobs to their lanes; returns the lane of each that went. */
async function sendAgain(deps: RedriveDeps, page: readonly Effect[]): Promise<string[]> {
  const effects = new Map(page.map((effect) => [effect.pk, effect]))
  const envelopes = await deps.envelopes([...effects.keys()])
  const moved: string[] = []
  for (const [lane, ofLane] of Map.groupBy(envelopes, (envelope) => envelope.lane)) {
    const parcels = ofLane.flatMap((envelope) => parcelOf(deps, effects.get(envelope.id), envelope))
    for (const chunk of chunks(parcels)) {
      const results = await deps.sender.send(
        lane,
        chunk.map(({ message }) => message),
      )
      const sent = chunk.filter((_, i) => results[i]?.kind === 'sent')
      await Promise.all(sent.map(({ effect }) => revive(deps, effect)))
      moved.push(...sent.map(() => lane))
    }
  }
  return moved
}

function parcelOf({ registry, clock }: RedriveDeps, found: Effect | undefined, envelope: Envelope) {
  const kind = registry.lanes.get(envelope.lane)?.kind
  // A death of a former life of the id is no concern of the job that has it now.
  const effect = effectOf(envelope, found)
  if (!effect || !kind || unsendable(envelope, kind) !== undefined) return []
  // The send key lets an ordered lane take it, although it had the same message within its five minutes of memory.
  const message = outgoing(envelope, kind, clock.now(), `-r${effect.deaths}`)
  return [{ effect, message: { ...message, deaths: effect.deaths } }]
}

/** Refused only when the consumer was quicker and has claimed the job already: as good. */
async function revive({ store, clock, registry }: RedriveDeps, effect: Effect): Promise<void> {
  await store.write(reviveWrite(effect, registry.jobs.get(effect.type)?.maxAttempts ?? 5, clock.now()))
}

/**
 * Takes the letters of jobs that are no longer dead out of a lane's dead-letter queue, so that its alarm tells only of what is still to be done.
 *
 * @param expected how many letters there should be to take out; after that many it stops
 * @returns whether it came to an end before `until`
 */
export async function tidy(deps: RedriveDeps, lane: string, expected: number, until: number): Promise<boolean> {
  const queue = deps.deadLetters(lane)
  if (!queue) return true
  const kept: Letter[] = []
  let removed = 0
  try {
    while (removed < expected) {
      if (deps.clock.now().getTime() >= until) return false
      const letters = await queue.receive()
      if (letters.length === 0) return true
      const stale = await staleLetters(deps, letters)
      await queue.remove(stale)
      removed += stale.length
      kept.push(...letters.filter((letter) => !stale.includes(letter)))
    }
    return true
  } finally {
    await queue.release(kept)
  }
}

/** Letters whose job went on: it ended, or it was sent to its lane again. */
async function staleLetters(deps: RedriveDeps, letters: readonly Letter[]): Promise<Letter[]> {
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
