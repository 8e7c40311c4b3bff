/**
 * The effect of a job: one item that says how far the job is, and the guard that lets it happen once.
 * Every change of state is one conditional write; whoever loses the condition learns why from the item it met.
 *
 *   (none) ──claim──▶ running ──complete──▶ succeeded
 *     │                 │ ▲ ▲
 *     │            fail │ │ └── claim, when the lease is over
 *     │                 ▼ │ claim
 *     │              retrying ◀──revive── dead ◀──die── running
 *     └──cancel──▶ cancelled ──uncancel──▶ retrying, which cancel takes back until it is claimed
 */
import { bucketOf } from './id.ts'
import { absent, type Expression, type Item, type Write } from './write.ts'

export type EffectState = 'running' | 'retrying' | 'succeeded' | 'dead' | 'cancelled'

/** An item of the effects table. Times are ISO 8601 UTC unless said otherwise. */
export interface Effect {
  /** The job's id. */
  readonly pk: string
  readonly state: EffectState
  readonly type: string
  readonly lane: string
  /** The attempt that holds the lease, or held it last. A random text, never used twice. */
  readonly owner?: string
  /** Until when the owner may work, in ms since the epoch. */
  readonly leaseUntil?: number
  /** Attempts started so far, over all lives of the job. */
  readonly attempts: number
  /** Attempts allowed in all; a redrive raises it. Absent until code that knows the type has claimed the job. */
  readonly budget?: number
  /** How often the job has died. A dead letter carries the number, so that an old copy is told from the latest. */
  readonly deaths: number
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly lastError?: string
  /** What went wrong, attempt by attempt; only a job that failed has any. */
  readonly failures?: readonly Failure[]
  /** `<state>#<bucket>`: partition key of the sparse index, present only while the job is in trouble. */
  readonly trouble?: string
  /** Sort key of the index, see `troubleAt`: since when. */
  readonly troubleAt?: string
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/** An attempt that failed. */
export interface Failure {
  readonly attempt: number
  /** ISO 8601 UTC. */
  readonly at: string
  /** The error in one line, shortened. */
  readonly error: string
}

/** Characters of an error that are kept per attempt, and attempts that are kept; the last error is kept whole beside them. */
const failureLimits = { characters: 300, attempts: 50 }

/** Partitions per state of the index of jobs in trouble: an outage writes there as fast as jobs fail. */
export const troubleBuckets = 4

/** Partition key of the index for a job in trouble. */
export function troubleKey(state: 'retrying' | 'dead', bucket: number): string {
  return `${state}#${bucket}`
}

/** Sort key of the index: the time and the job's id, so that no two are equal and a page can end after any of them. */
function troubleAt(now: Date, jobId: string): string {
  return `${now.toISOString()}#${jobId}`
}

/** Where a job stands in the index: what every write uses that puts it there. */
function enterTrouble(state: 'retrying' | 'dead', jobId: string, now: Date) {
  return { ':trouble': troubleKey(state, bucketOf(jobId, troubleBuckets)), ':troubleAt': troubleAt(now, jobId) }
}

/** Since when a job is in trouble, ISO 8601 UTC. */
export function troubleSince(effect: Pick<Effect, 'troubleAt'>): string | undefined {
  return effect.troubleAt?.split('#', 1)[0]
}

/** Each clause of a condition, by name. */
const clause = {
  unclaimed: absent.text,
  waitsForRetry: '#state = :retrying',
  leaseIsOver: '(#state = :running AND leaseUntil < :nowMs AND (attribute_not_exists(budget) OR attempts < budget))',
  isRunning: '#state = :running',
  ownedBy: '#owner = :owner',
  isDead: '#state = :dead',
  isCancelled: '#state = :cancelled',
  isReplayed: '(#state = :retrying AND attempts = :zero)',
  diedTheSameDeath: 'deaths = :deaths',
} as const

const names = { '#state': 'state', '#owner': 'owner' } as const
/** No clause may name a placeholder that it does not use: DynamoDB refuses that. */
function named(text: string): Record<string, string> {
  return Object.fromEntries(Object.entries(names).filter(([name]) => text.includes(name)))
}

function expression(text: string, values: Record<string, unknown>): Expression {
  return { text, names: named(text), values }
}

/** Whether an attempt that is still marked as running can no longer be: its process has ended without a word. */
export function leaseIsOver(effect: Pick<Effect, 'leaseUntil'>, now: Date): boolean {
  return (effect.leaseUntil ?? 0) < now.getTime()
}

/** Who claims, for how long. */
export interface Claim {
  readonly jobId: string
  readonly type: string
  readonly lane: string
  readonly owner: string
  readonly now: Date
  /** ms since the epoch. */
  readonly leaseUntil: number
  readonly maxAttempts: number
  /** Whether this code does not know the type: then a new job's budget is left to code that does. @default false */
  readonly isUnknown?: boolean
  /** When the process died in an attempt before: run again, or never twice. */
  readonly onCrash: 'retry' | 'park'
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

const startAttempt =
  'SET #state = :running, #owner = :owner, leaseUntil = :leaseUntil, startedAt = :now, #type = :type, lane = :lane, ' +
  'deaths = if_not_exists(deaths, :zero), expiresAt = :expiresAt'
const leaveTrouble = 'REMOVE trouble, troubleAt, finishedAt'
const countAttempt = 'ADD attempts :one'

function startValues(claim: Claim) {
  return {
    ':running': 'running',
    ':owner': claim.owner,
    ':leaseUntil': claim.leaseUntil,
    ':now': claim.now.toISOString(),
    ':type': claim.type,
    ':lane': claim.lane,
    ':zero': 0,
    ':one': 1,
    ':expiresAt': claim.expiresAt,
  }
}

const startNames = { ...names, '#type': 'type' }

/** Takes the job for one attempt: it is new, waits for its retry, or its earlier attempt outlived its lease. */
export function claimWrite(claim: Claim): Write {
  const over = claim.onCrash === 'park' ? [] : [clause.leaseIsOver]
  const condition = [clause.unclaimed, clause.waitsForRetry, ...over].join(' OR ')
  const nowMs = claim.onCrash === 'park' ? {} : { ':nowMs': claim.now.getTime() }
  return {
    op: 'update',
    table: 'effects',
    key: { pk: claim.jobId },
    update: {
      text: `${startAttempt}${claim.isUnknown ? '' : ', budget = if_not_exists(budget, :max)'} ${leaveTrouble} ${countAttempt}`,
      names: startNames,
      values: { ...startValues(claim), ...(claim.isUnknown ? {} : { ':max': claim.maxAttempts }) },
    },
    condition: expression(condition, { ':retrying': 'retrying', ...nowMs }),
  }
}

/** Takes a dead job for one attempt, because its dead letter was put back into the lane: it gets a fresh budget of attempts. */
export function reclaimWrite(claim: Claim, dead: Effect): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk: claim.jobId },
    update: {
      text: `${startAttempt}, budget = attempts + :max ${leaveTrouble} ${countAttempt}`,
      names: startNames,
      values: { ...startValues(claim), ':max': claim.maxAttempts },
    },
    condition: expression(`${clause.isDead} AND ${clause.diedTheSameDeath}`, {
      ':dead': 'dead',
      ':deaths': dead.deaths,
    }),
  }
}

/** What a claim that was refused is to make of the item it met. */
export type Refused =
  /** Our own claim went through, only its answer was lost. */
  | { readonly kind: 'claimed' }
  | { readonly kind: 'succeeded' | 'cancelled' | 'already-dead' }
  /** Another attempt is at work until `leaseUntil`, in ms since the epoch. */
  | { readonly kind: 'busy'; readonly leaseUntil: number }
  /** The process died in the last attempt, or in one that must not be repeated: the job is to be declared dead. */
  | { readonly kind: 'crashed' }
  /** The message is the latest dead letter, put back by a person. */
  | { readonly kind: 'redriven' }

/**
 * @param met the effect as the refused claim found it
 * @param deathsOfMessage the number the message carries if it was a dead letter, else 0
 */
export function readRefusal(met: Effect, owner: string, now: Date, deathsOfMessage: number): Refused {
  if (met.owner === owner && met.state === 'running') return { kind: 'claimed' }
  switch (met.state) {
    case 'succeeded':
    case 'cancelled':
      return { kind: met.state }
    case 'dead':
      return { kind: deathsOfMessage === met.deaths ? 'redriven' : 'already-dead' }
    case 'running':
      return leaseIsOver(met, now) ? { kind: 'crashed' } : { kind: 'busy', leaseUntil: met.leaseUntil ?? 0 }
    case 'retrying':
      // It turned to `retrying` between our condition and its answer; or a fault of the table. Come back at once.
      return { kind: 'busy', leaseUntil: now.getTime() }
  }
}

/** Only the attempt that holds the job may end it: a zombie that wakes after its lease finds another owner, or an end. */
const held = `${clause.ownedBy} AND ${clause.isRunning}`

interface End {
  readonly jobId: string
  readonly owner: string
  readonly now: Date
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/** The job is done. Committed together with what it returned. */
export function completeWrite({ jobId, owner, now, expiresAt }: End): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression('SET #state = :succeeded, finishedAt = :now, expiresAt = :expiresAt REMOVE leaseUntil', {
      ':succeeded': 'succeeded',
      ':now': now.toISOString(),
      ':expiresAt': expiresAt,
    }),
    condition: expression(held, { ':owner': owner, ':running': 'running' }),
    quiet: true,
  }
}

interface FailedEnd extends End {
  readonly attempt: number
  readonly error: string
  /** What failed before, as the claim found it. */
  readonly failures: readonly Failure[]
}

const noteFailure = 'failures = :failures'

function failureValues({ attempt, now, error, failures }: FailedEnd) {
  const failure = { attempt, at: now.toISOString(), error: error.slice(0, failureLimits.characters) }
  return { ':failures': [...failures, failure].slice(-failureLimits.attempts) }
}

/** The attempt failed and the job waits for the next one. */
export function failWrite(end: FailedEnd): Write {
  return waitWrite(end)
}

/**
 * The job waits for code that knows it. That was no attempt, so it is taken back. So is the budget in the job's first
 * life: the code that set it may have known an older version of the type.
 */
export function postponeWrite(end: FailedEnd, deaths: number): Write {
  return waitWrite(end, `${deaths === 0 ? ', budget' : ''} ADD attempts :back`, { ':back': -1 })
}

function waitWrite(end: FailedEnd, more = '', values: Record<string, unknown> = {}): Write {
  const { jobId, owner, now, expiresAt, error } = end
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression(
      `SET #state = :retrying, lastError = :error, ${noteFailure}, trouble = :trouble, troubleAt = :troubleAt, expiresAt = :expiresAt REMOVE leaseUntil${more}`,
      {
        ...failureValues(end),
        ...values,
        ':retrying': 'retrying',
        ':error': error,
        ...enterTrouble('retrying', jobId, now),
        ':expiresAt': expiresAt,
      },
    ),
    condition: expression(held, { ':owner': owner, ':running': 'running' }),
  }
}

/** The job is dead: out of attempts, beyond help, or its last attempt killed its process. Its dead letter is in the queue already. */
export function dieWrite(end: FailedEnd): Write {
  const { jobId, owner, now, expiresAt, error } = end
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression(
      `SET #state = :dead, lastError = :error, ${noteFailure}, trouble = :trouble, troubleAt = :troubleAt, finishedAt = :now, expiresAt = :expiresAt REMOVE leaseUntil ADD deaths :one`,
      {
        ...failureValues(end),
        ':dead': 'dead',
        ':error': error,
        ...enterTrouble('dead', jobId, now),
        ':now': now.toISOString(),
        ':one': 1,
        ':expiresAt': expiresAt,
      },
    ),
    condition: expression(held, { ':owner': owner, ':running': 'running' }),
  }
}

/**
 * Takes a dead job for a redrive: it waits for an attempt, with a fresh budget. Refused when it moved on meanwhile. Written
 * before its message is sent, so that of several redrives at once one wins, and only that one sends.
 *
 * @param token the operator's call, as `owner` names an attempt: a refusal that meets it is our own write, whose answer was lost
 */
export function reviveWrite(dead: Effect, maxAttempts: number, now: Date, token: string): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk: dead.pk },
    update: expression(
      'SET #state = :retrying, #owner = :owner, budget = attempts + :max, trouble = :trouble, troubleAt = :troubleAt REMOVE finishedAt',
      {
        ':retrying': 'retrying',
        ':owner': token,
        ':max': maxAttempts,
        ...enterTrouble('retrying', dead.pk, now),
      },
    ),
    condition: expression(`${clause.isDead} AND ${clause.diedTheSameDeath}`, {
      ':dead': 'dead',
      ':deaths': dead.deaths,
    }),
  }
}

/** A cancelled job is wanted after all: it waits for its first attempt. Written before its message is sent, as {@link reviveWrite}. */
export function uncancelWrite(jobId: string, maxAttempts: number, now: Date, token: string): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression(
      'SET #state = :retrying, #owner = :owner, budget = :max, trouble = :trouble, troubleAt = :troubleAt REMOVE finishedAt',
      {
        ':retrying': 'retrying',
        ':owner': token,
        ':max': maxAttempts,
        ...enterTrouble('retrying', jobId, now),
      },
    ),
    condition: expression(clause.isCancelled, { ':cancelled': 'cancelled' }),
  }
}

/** Whether a refused {@link reviveWrite} or {@link uncancelWrite} met itself: it went through, only its answer was lost. */
export function isTakenBy(met: Effect | undefined, token: string): boolean {
  return met?.state === 'retrying' && met.owner === token
}

/** Cancels a job that nobody has claimed, also one that was cancelled before and replayed. It wins, or it is refused; it cannot race. */
export function cancelWrite(effect: Pick<Effect, 'pk' | 'type' | 'lane' | 'expiresAt'>, now: Date): Write {
  const item: Item = { ...effect, state: 'cancelled', attempts: 0, budget: 0, deaths: 0, finishedAt: now.toISOString() }
  const condition = expression(`${clause.unclaimed} OR ${clause.isReplayed}`, { ':retrying': 'retrying', ':zero': 0 })
  return { op: 'put', table: 'effects', item, condition }
}
