/** The clauses of the guards, each with a name: what a transition demands of the effect that it meets. */

/** The values that clauses compare with. */
export interface GuardValues {
  /** ms since the epoch. */
  readonly nowMs?: number
  /** The attempt that writes. */
  readonly holder?: string
  /** Bounds of the job's life, see `lifeAround`. ISO 8601 UTC. */
  readonly earliest?: string
  readonly latest?: string
  /** The effect as it was read before: the write is meant for that one alone. */
  readonly seenOwner?: string
  readonly seenCreatedAt?: string
  readonly seenDeaths?: number
  readonly seenFailingAt?: string
}

export interface Clause {
  /** Its words in the state diagram. */
  readonly description: string
  /** The condition. Each placeholder is a `GuardValues` of that name; `:zero` is 0. */
  readonly text: string
  /** The outcome where a value that it compares with is unknown. @default - the value is required */
  readonly ifUnknown?: 'holds' | 'fails'
}

export const clauses = {
  isHeldByWriter: { description: 'by its owner', text: '#owner = :holder' },
  leaseIsOver: { description: 'when the lease is over', text: 'leaseUntil < :nowMs' },
  waitIsOver: {
    description: 'when its wait is over',
    text: '(attribute_not_exists(notBefore) OR notBefore <= :nowMs)',
  },
  // A job that was abandoned has died without an attempt: its number of deaths must not be forgotten.
  // Nor was a call of it throttled: that was no attempt, but the job had begun.
  isUntried: {
    description: 'if never claimed and never dead',
    text: 'attempts = :zero AND deaths = :zero AND attribute_not_exists(throttledSince)',
  },
  isOfThisLife: {
    description: 'in this life',
    text: '(attribute_not_exists(createdAt) OR (createdAt > :earliest AND createdAt < :latest))',
    ifUnknown: 'holds',
  },
  isOfFormerLife: { description: 'of a former life', text: 'createdAt < :earliest', ifUnknown: 'fails' },
  isSeenLife: { description: 'the one it met', text: 'createdAt = :seenCreatedAt' },
  isSeenAttempt: { description: 'from the attempt it met', text: '#owner = :seenOwner' },
  isLatestDeath: { description: 'of its latest death', text: 'deaths = :seenDeaths' },
  isNotReplaced: { description: 'if not replaced', text: 'attribute_not_exists(replayedAs)' },
  isSeenWait: { description: 'in the wait it met', text: 'failingAt = :seenFailingAt' },
} as const satisfies Readonly<Record<string, Clause>>

export type ClauseName = keyof typeof clauses
