/**
 * The table of transitions: every change of an effect's state, one row each. A row is one conditional write, rendered by
 * `render.ts`; the state diagram in docs/maintainers/architecture.md is drawn from it (`node tools/state-diagram/main.ts`).
 */
import type { Effect, EffectState } from '../effect.ts'
import type { ClauseName } from './clauses.ts'

type Attribute = Exclude<keyof Effect, 'pk' | 'state'>

/** States in which a transition may be taken. */
export interface Arrow {
  /** `none`: there is no effect yet. */
  readonly from: readonly (EffectState | 'none')[]
  /** The guard: clauses that must all hold. @default - none */
  readonly when?: readonly ClauseName[]
}

export interface Transition {
  readonly to: EffectState
  readonly arrows: readonly Arrow[]
  /** Attributes that get a value. Where the write gives none, the attribute stays as it is, unless it is in `remove`. */
  readonly set: readonly Attribute[]
  /** Attributes that get a value only where they have none. */
  readonly setIfAbsent?: readonly Attribute[]
  /** Attributes that become the number of attempts so far plus a value. */
  readonly setAfterAttempts?: readonly Attribute[]
  readonly remove?: readonly Attribute[]
  readonly add?: Readonly<Partial<Record<'attempts' | 'deaths', 1 | -1>>>
  /** The item is replaced: nothing of what it held is kept. @default false */
  readonly replaces?: true
  /** Nobody reads the item after the write, so the answer leaves it out. @default false */
  readonly quiet?: true
}

/** The effect of a former life, unless an attempt of that life still works. */
const formerLifeEnded = [
  { from: ['retrying', 'succeeded', 'dead', 'cancelled'], when: ['isOfFormerLife'] },
  { from: ['running'], when: ['isOfFormerLife', 'leaseIsOver'] },
] as const satisfies readonly Arrow[]

const byItsOwner = [{ from: ['running'], when: ['isHeldByWriter'] }] as const satisfies readonly Arrow[]
const latestDeath = [{ from: ['dead'], when: ['isLatestDeath'] }] as const satisfies readonly Arrow[]

/** Attributes that every attempt writes when it starts. */
const start = ['owner', 'leaseUntil', 'startedAt', 'type', 'lane', 'shared', 'expiresAt', 'createdAt'] as const
/** Attributes of a wait, of an end or of the attempt before, which are over when an attempt starts. */
const waitOrEnd = [
  'failing',
  'failingAt',
  'finishedAt',
  'notBefore',
  'deadLetterAt',
  'waitingSince',
  'progress',
] as const
/** Attributes that every failure writes. */
const failure = ['lastError', 'failures', 'failing', 'failingAt', 'expiresAt'] as const
/** Attributes that end with an attempt that dies. */
const attemptOrWait = ['leaseUntil', 'notBefore', 'waitingSince', 'deadLetterAt'] as const

export const transitions = {
  /** A new job, or one whose wait for a retry is over, starts an attempt. */
  claim: {
    to: 'running',
    arrows: [{ from: ['none'] }, { from: ['retrying'], when: ['waitIsOver', 'isOfThisLife'] }],
    set: start,
    setIfAbsent: ['deaths', 'budget'],
    remove: waitOrEnd,
    add: { attempts: 1 },
  },
  /** A job whose attempt died with its process starts the next one. */
  takeover: {
    to: 'running',
    arrows: [{ from: ['running'], when: ['isSeenAttempt', 'leaseIsOver'] }],
    set: [...start, 'givenBack'],
    setIfAbsent: ['budget'],
    remove: waitOrEnd,
    add: { attempts: 1 },
  },
  /** A dead job whose dead letter a person put back into the lane starts an attempt, with a fresh budget. */
  reclaim: {
    to: 'running',
    arrows: latestDeath,
    set: start,
    setAfterAttempts: ['budget'],
    remove: [...waitOrEnd, 'givenBack', 'throttledSince'],
    add: { attempts: 1 },
  },
  /** A job whose id had a life before starts its first attempt: nothing of the former life is kept. */
  restart: {
    to: 'running',
    arrows: formerLifeEnded.map(({ from, when }) => ({ from, when: [...when, 'isSeenLife'] as const })),
    set: [...start, 'attempts', 'deaths', 'budget'],
    remove: [...waitOrEnd, 'lastError', 'failures', 'budget', 'givenBack', 'throttledSince', 'result', 'replayedAs'],
  },
  /** The job is done. Committed in one transaction with the records and jobs that it returned. */
  complete: {
    to: 'succeeded',
    arrows: byItsOwner,
    set: ['finishedAt', 'expiresAt', 'result'],
    remove: ['leaseUntil', 'progress'],
    quiet: true,
  },
  /** The attempt says how far it is. */
  report: {
    to: 'running',
    arrows: byItsOwner,
    set: ['progress'],
    quiet: true,
  },
  /** The attempt failed, and the job waits for the next one. */
  fail: {
    to: 'retrying',
    arrows: byItsOwner,
    set: [...failure, 'notBefore'],
    remove: ['leaseUntil', 'waitingSince'],
  },
  /** The job waits for code that knows it. That was no attempt, so it is taken back. */
  postpone: {
    to: 'retrying',
    arrows: byItsOwner,
    set: [...failure, 'notBefore'],
    setIfAbsent: ['waitingSince'],
    remove: ['leaseUntil', 'budget'],
    add: { attempts: -1 },
  },
  /** A service refused a call of the job because of too many calls. That was no attempt, so it is taken back. */
  throttle: {
    to: 'retrying',
    arrows: byItsOwner,
    set: ['lastError', 'failing', 'failingAt', 'expiresAt', 'notBefore'],
    setIfAbsent: ['throttledSince'],
    remove: ['leaseUntil', 'waitingSince'],
    add: { attempts: -1 },
  },
  /** The job is out of attempts, can never succeed, or killed its process in its last attempt. Its dead letter follows. */
  die: {
    to: 'dead',
    arrows: byItsOwner,
    set: [...failure, 'finishedAt'],
    remove: attemptOrWait,
    add: { deaths: 1 },
  },
  /** The dead letter of a death was sent. */
  noteDeadLetter: {
    to: 'dead',
    arrows: latestDeath,
    set: ['deadLetterAt'],
    quiet: true,
  },
  /** The reconciler ends a job that it can neither send nor read: claim and death in one write. */
  abandon: {
    to: 'dead',
    arrows: [
      { from: ['none', 'retrying'] },
      { from: ['running'], when: ['leaseIsOver'] },
      { from: ['succeeded', 'dead', 'cancelled'], when: ['isOfFormerLife'] },
    ],
    set: [...failure, 'type', 'lane', 'attempts', 'finishedAt', 'createdAt'],
    remove: [...attemptOrWait, 'progress', 'result', 'replayedAs'],
    add: { deaths: 1 },
  },
  /** The reconciler ends a job whose retry lost its message, and whose outbox item has expired. */
  expire: {
    to: 'dead',
    arrows: [{ from: ['retrying'], when: ['isSeenWait'] }],
    set: [...failure, 'finishedAt'],
    remove: attemptOrWait,
    add: { deaths: 1 },
  },
  /** An operator redrives a dead job: it waits for an attempt, with a fresh budget. */
  revive: {
    to: 'retrying',
    arrows: latestDeath,
    set: ['owner', 'failing', 'failingAt', 'expiresAt'],
    setAfterAttempts: ['budget'],
    remove: ['finishedAt', 'deadLetterAt', 'givenBack', 'throttledSince'],
  },
  /** An operator replays a cancelled job: it waits for its first attempt. */
  uncancel: {
    to: 'retrying',
    arrows: [{ from: ['cancelled'], when: ['isNotReplaced'] }],
    set: ['owner', 'budget', 'notBefore', 'failing', 'failingAt', 'expiresAt'],
    remove: ['finishedAt'],
  },
  /** An operator replays a job with another payload, as a new job. This one never runs again. */
  replace: {
    to: 'cancelled',
    arrows: [
      { from: ['dead'], when: ['isLatestDeath'] },
      { from: ['cancelled'], when: ['isNotReplaced'] },
    ],
    set: ['replayedAs', 'expiresAt'],
    remove: ['failing', 'failingAt'],
  },
  /** A caller cancels a job that nobody has claimed, also one that was cancelled before and replayed. */
  cancel: {
    to: 'cancelled',
    arrows: [{ from: ['none'] }, { from: ['retrying'], when: ['isUntried'] }, ...formerLifeEnded],
    set: ['type', 'lane', 'createdAt', 'attempts', 'budget', 'deaths', 'finishedAt', 'expiresAt'],
    replaces: true,
  },
} as const satisfies Readonly<Record<string, Transition>>

export type TransitionName = keyof typeof transitions
