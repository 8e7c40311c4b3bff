/**
 * The effect of a job: one item that says how far the job is, and the guard that lets it happen once.
 * Every change of state is one conditional write; a write that is refused learns why from the item it met.
 *
 *   (none) ──claim──▶ running ──complete──▶ succeeded
 *     │                 │ ▲ ▲
 *     │            fail │ │ └── takeover, when the lease is over
 *     │                 ▼ │ claim, when its wait is over
 *     │              retrying ◀──revive── dead ◀──die── running
 *     └──cancel──▶ cancelled ──uncancel──▶ retrying, which cancel takes back until it is claimed
 *
 *   (none), retrying, or running with its lease over ──abandon──▶ dead
 *
 * An id can be used again after its outbox item has expired: by the same idempotency key, or by a caller that chooses its
 * ids. That is a new life of the id. The effect of the former life may still be there; `createdAt` tells the two apart.
 */
import { bucketOf } from '../lib/id.ts'
import { lifetimes } from '../lib/lifetimes.ts'
import { absent, type Expression, type Item, type Write } from '../lib/write.ts'

export type EffectState = 'running' | 'retrying' | 'succeeded' | 'dead' | 'cancelled'

/** An item of the effects table. Times are ISO 8601 UTC unless said otherwise. */
export interface Effect {
  /** The job's id. */
  readonly pk: string
  readonly state: EffectState
  readonly type: string
  readonly lane: string
  /** When the job was written, as its envelope says it: tells the lives of an id apart. */
  readonly createdAt?: string
  /** The attempt that holds the lease, or held it last. A random text, never used twice. */
  readonly owner?: string
  /** Until when the owner may work, in ms since the epoch. */
  readonly leaseUntil?: number
  /** Whether the attempt shares its process with other jobs of a batch: if that dies, nobody knows which of them did it. */
  readonly shared?: boolean
  /** Before this moment, in ms since the epoch, no attempt may start: the backoff, for every message of the job. */
  readonly notBefore?: number
  /** Since when the job waits for code that knows it. */
  readonly waitingSince?: string
  /** Attempts started so far, over all lives of the job. */
  readonly attempts: number
  /** Attempts allowed in all; a redrive raises it. Absent until code that knows the type has claimed the job. */
  readonly budget?: number
  /** How often the job has died. A dead letter carries the number, so that an old copy is told from the latest. */
  readonly deaths: number
  /** When the dead letter of the latest death was sent. Absent: the message that finds the job dead sends it. */
  readonly deadLetterAt?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly lastError?: string
  /** What went wrong, attempt by attempt; only a job that failed has any. */
  readonly failures?: readonly Failure[]
  /** `<state>#<bucket>`: partition key of the sparse index, present only while the job is failing. */
  readonly failing?: string
  /** Sort key of the index, since when, see `failingAt`. */
  readonly failingAt?: string
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

/** Partitions per state of the index of failing jobs: an outage writes there as fast as jobs fail. */
export const failingBuckets = 4

/** Partition key of the index of a failing job. */
export function failingKey(state: 'retrying' | 'dead', bucket: number): string {
  return `${state}#${bucket}`
}

/** Sort key of the index: the time and the job's id, so that no two are equal and a page can end after any of them. */
function failingAt(now: Date, jobId: string): string {
  return `${now.toISOString()}#${jobId}`
}

/** Where a job stands in the index: what every write uses that puts it there. */
function enterTrouble(state: 'retrying' | 'dead', jobId: string, now: Date) {
  return { ':failing': failingKey(state, bucketOf(jobId, failingBuckets)), ':failingAt': failingAt(now, jobId) }
}

/** Since when a job is failing, ISO 8601 UTC. */
export function failingSince(effect: Pick<Effect, 'failingAt'>): string | undefined {
  return effect.failingAt?.split('#', 1)[0]
}

/** Each clause of a condition, by name. */
const clause = {
  unclaimed: absent.text,
  waitIsOver: '#state = :retrying AND (attribute_not_exists(notBefore) OR notBefore <= :nowMs)',
  inThisLife: '(attribute_not_exists(createdAt) OR (createdAt > :earliest AND createdAt < :latest))',
  waitsForRetry: '#state = :retrying',
  hasDiedInItsProcess: '(#state = :running AND leaseUntil < :nowMs)',
  leaseIsOver: 'leaseUntil < :nowMs',
  ownedByTheMet: '#owner = :met',
  sameAsMet: 'createdAt = :met',
  endedInFormerLife: '(createdAt < :earliest AND (#state <> :running OR leaseUntil < :nowMs))',
  isRunning: '#state = :running',
  ownedBy: '#owner = :owner',
  isDead: '#state = :dead',
  isCancelled: '#state = :cancelled',
  // One that was abandoned has died without an attempt: its number of deaths must not be forgotten.
  isReplayed: '(#state = :retrying AND attempts = :zero AND deaths = :zero)',
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

/** Two lives of an id are a lifetime of the outbox apart, 30 days; much less tells them apart, whatever the clocks say. ms. */
const livesApart = 86_400_000

/** Between which times a job of the same life was written, ISO 8601 UTC. */
function lifeAround(createdAt: string) {
  const at = Date.parse(createdAt)
  return {
    ':earliest': new Date(at - livesApart).toISOString(),
    ':latest': new Date(at + livesApart).toISOString(),
  }
}

/**
 * The effect of a job, unless it belongs to a former life of the id: then this job has none yet.
 *
 * @param job the job's envelope or outbox item
 */
export function effectOf(job: { readonly createdAt: string }, effect: Effect | undefined): Effect | undefined {
  return effect?.createdAt !== undefined && isFormer(effect.createdAt, job.createdAt) ? undefined : effect
}

/** Whether a job that was written at one time belongs to a life before that of a job written at another. */
function isFormer(createdAt: string, later: string): boolean {
  return Date.parse(createdAt) < Date.parse(later) - livesApart
}

/** Who claims, for how long. */
export interface Claim {
  readonly jobId: string
  readonly type: string
  readonly lane: string
  /** When the job was written, as its envelope says it: which life of its id is meant. ISO 8601 UTC. @default - any */
  readonly createdAt?: string
  readonly owner: string
  readonly now: Date
  /** ms since the epoch. */
  readonly leaseUntil: number
  readonly maxAttempts: number
  /** Whether this code does not know the type, or its version: then a new job's budget is left to code that does. @default false */
  readonly isUnknown?: boolean
  /** Whether other jobs of the batch run in the process at the same time. @default false */
  readonly shared?: boolean
  /** When the process died in an attempt before: run again, or never twice. */
  readonly onCrash: 'retry' | 'dead-letter'
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

const startAttempt =
  'SET #state = :running, #owner = :owner, leaseUntil = :leaseUntil, startedAt = :now, #type = :type, lane = :lane, ' +
  '#shared = :shared, expiresAt = :expiresAt'

/** What belongs to a wait or to an end, and is over when an attempt starts. */
function leaveWait({ isUnknown }: Claim): string {
  return `REMOVE failing, failingAt, finishedAt, notBefore, deadLetterAt${isUnknown ? '' : ', waitingSince'}`
}

const countAttempt = 'ADD attempts :one'

function startValues(claim: Claim) {
  return {
    ':running': 'running',
    ':owner': claim.owner,
    ':leaseUntil': claim.leaseUntil,
    ':now': claim.now.toISOString(),
    ':type': claim.type,
    ':lane': claim.lane,
    ':shared': claim.shared ?? false,
    ':expiresAt': claim.expiresAt,
  }
}

const startNames = { ...names, '#type': 'type', '#shared': 'shared' }

function startWrite(claim: Claim, text: string, values: Record<string, unknown>, condition: Expression): Write {
  const { jobId, createdAt } = claim
  const life = createdAt === undefined ? {} : { ':createdAt': createdAt }
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: {
      text: `${startAttempt}${createdAt === undefined ? '' : ', createdAt = :createdAt'}${text}`,
      names: startNames,
      values: { ...startValues(claim), ...life, ...values },
    },
    condition,
  }
}

/** Takes the job for one attempt: it is new, or its wait for a retry is over. */
export function claimWrite(claim: Claim): Write {
  const budget = claim.isUnknown ? '' : ', budget = if_not_exists(budget, :max)'
  const waits = { ':retrying': 'retrying', ':nowMs': claim.now.getTime() }
  return startWrite(
    claim,
    `, deaths = if_not_exists(deaths, :zero)${budget} ${leaveWait(claim)} ${countAttempt}`,
    { ':zero': 0, ':one': 1, ...(claim.isUnknown ? {} : { ':max': claim.maxAttempts }) },
    claim.createdAt === undefined
      ? expression(`${clause.unclaimed} OR (${clause.waitIsOver})`, waits)
      : expression(`${clause.unclaimed} OR (${clause.waitIsOver} AND ${clause.inThisLife})`, {
          ...waits,
          ...lifeAround(claim.createdAt),
        }),
  )
}

/**
 * Takes the job over from an attempt whose process has died. If that process had other jobs beside this one, any of them
 * may have killed it, so the attempt that was lost is given back.
 *
 * @param met the effect as the refused claim found it
 */
export function takeoverWrite(claim: Claim, met: Effect): Write {
  const budget = (met.budget ?? claim.maxAttempts) + (met.shared ? 1 : 0)
  return startWrite(
    claim,
    `, budget = :budget ${leaveWait(claim)} ${countAttempt}`,
    { ':one': 1, ':budget': budget },
    expression(`${clause.isRunning} AND ${clause.ownedByTheMet} AND ${clause.leaseIsOver}`, {
      ':running': 'running',
      ':met': met.owner ?? '',
      ':nowMs': claim.now.getTime(),
    }),
  )
}

/** Takes a dead job for one attempt, because its dead letter was put back into the lane: it gets a fresh budget of attempts. */
export function reclaimWrite(claim: Claim, dead: Effect): Write {
  return startWrite(
    claim,
    `, budget = attempts + :max ${leaveWait(claim)} ${countAttempt}`,
    { ':one': 1, ':max': claim.maxAttempts },
    expression(`${clause.isDead} AND ${clause.diedTheSameDeath}`, { ':dead': 'dead', ':deaths': dead.deaths }),
  )
}

/**
 * Takes a job whose id had a life before, from which the effect is left: everything begins anew.
 *
 * @param former the effect as the refused claim found it
 */
export function restartWrite(claim: Claim & { readonly createdAt: string }, former: Effect): Write {
  return startWrite(
    claim,
    `, attempts = :one, deaths = :zero${claim.isUnknown ? '' : ', budget = :max'} ${leaveWait(claim)}, lastError, failures${claim.isUnknown ? ', budget, waitingSince' : ''}`,
    { ':one': 1, ':zero': 0, ...(claim.isUnknown ? {} : { ':max': claim.maxAttempts }) },
    expression(`${clause.endedInFormerLife} AND ${clause.sameAsMet}`, {
      ':running': 'running',
      ':nowMs': claim.now.getTime(),
      ':met': former.createdAt,
      ':earliest': lifeAround(claim.createdAt)[':earliest'],
    }),
  )
}

/** What a claim that was refused is to make of the item it met. */
export type Refused =
  /** Our own claim went through, only its answer was lost. */
  | { readonly kind: 'claimed' }
  /** `superseded`: the message is of a former life of the id, the effect of a later one. */
  | { readonly kind: 'succeeded' | 'cancelled' | 'already-dead' | 'superseded' }
  /** Nobody may start before `until`, in ms since the epoch: another attempt is at work, or the backoff is not over. */
  | { readonly kind: 'busy'; readonly until: number }
  /** The process died in an attempt; `isLast` when no other may follow. */
  | { readonly kind: 'orphaned'; readonly isLast: boolean }
  /** The message is the latest dead letter, put back by a person. */
  | { readonly kind: 'redriven' }
  /** The effect is left from a former life of the id; the job's own was written at `createdAt`. */
  | { readonly kind: 'former'; readonly createdAt: string }

/**
 * @param met the effect as the refused claim found it
 * @param deathsOfMessage the number the message carries if it was a dead letter, else 0
 */
export function readRefusal(
  met: Effect,
  claim: Pick<Claim, 'owner' | 'now' | 'createdAt' | 'onCrash'>,
  deathsOfMessage: number,
): Refused {
  const { now } = claim
  if (met.owner === claim.owner && met.state === 'running') return { kind: 'claimed' }
  if (met.state === 'running' && !leaseIsOver(met, now)) return { kind: 'busy', until: met.leaseUntil ?? 0 }
  if (met.createdAt !== undefined && claim.createdAt !== undefined) {
    if (isFormer(met.createdAt, claim.createdAt)) return { kind: 'former', createdAt: claim.createdAt }
    if (isFormer(claim.createdAt, met.createdAt)) return { kind: 'superseded' }
  }
  switch (met.state) {
    case 'succeeded':
    case 'cancelled':
      return { kind: met.state }
    case 'dead':
      return { kind: deathsOfMessage === met.deaths ? 'redriven' : 'already-dead' }
    case 'running':
      return { kind: 'orphaned', isLast: isLastAttempt(met, claim.onCrash) }
    case 'retrying':
      // Its wait is not over. Or it turned to `retrying` between our condition and its answer: then at once.
      return { kind: 'busy', until: Math.max(met.notBefore ?? 0, now.getTime()) }
  }
}

/** Whether no attempt may follow one whose process died. An attempt that was not alone in its process is given back. */
export function isLastAttempt(
  { attempts, budget, shared }: Pick<Effect, 'attempts' | 'budget' | 'shared'>,
  onCrash: 'retry' | 'dead-letter',
): boolean {
  return onCrash === 'dead-letter' || (!shared && budget !== undefined && attempts >= budget)
}

/**
 * Asks for an effect as it is: the condition never holds, so the refusal shows it. A consumer may not read the table, which
 * keeps its grants few; this is rare, and costs one write unit.
 */
export function peek(jobId: string): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: { text: 'SET lane = lane' },
    condition: { text: `attribute_exists(pk) AND ${absent.text}` },
    quiet: true,
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

function failureValues({ attempt, now, error, failures }: Pick<FailedEnd, 'attempt' | 'now' | 'error' | 'failures'>) {
  const failure = { attempt, at: now.toISOString(), error: error.slice(0, failureLimits.characters) }
  return { ':failures': [...failures, failure].slice(-failureLimits.attempts) }
}

/** An attempt that failed, and until when its job waits. */
interface WaitingEnd extends FailedEnd {
  /** ms since the epoch. @default - not at all */
  readonly notBefore?: number
}

/** The attempt failed and the job waits for the next one. */
export function failWrite(end: WaitingEnd): Write {
  return waitWrite(end, { remove: ', waitingSince' })
}

/**
 * The job waits for code that knows it. That was no attempt, so it is taken back. So is the budget in the job's first
 * life: the code that set it may have known an older version of the type.
 */
export function postponeWrite(end: WaitingEnd, deaths: number): Write {
  return waitWrite(end, {
    set: ', waitingSince = if_not_exists(waitingSince, :now)',
    remove: `${deaths === 0 ? ', budget' : ''} ADD attempts :back`,
    values: { ':now': end.now.toISOString(), ':back': -1 },
  })
}

function waitWrite(
  end: WaitingEnd,
  more: { readonly set?: string; readonly remove?: string; readonly values?: Record<string, unknown> },
): Write {
  const { jobId, owner, now, expiresAt, error, notBefore = 0 } = end
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression(
      `SET #state = :retrying, lastError = :error, ${noteFailure}, notBefore = :notBefore, failing = :failing, failingAt = :failingAt, expiresAt = :expiresAt${more.set ?? ''} REMOVE leaseUntil${more.remove ?? ''}`,
      {
        ...failureValues(end),
        ...more.values,
        ':notBefore': notBefore,
        ':retrying': 'retrying',
        ':error': error,
        ...enterTrouble('retrying', jobId, now),
        ':expiresAt': expiresAt,
      },
    ),
    condition: expression(held, { ':owner': owner, ':running': 'running' }),
  }
}

/** The job is dead: out of attempts, beyond help, or its last attempt killed its process. Its dead letter follows. */
export function dieWrite(end: FailedEnd): Write {
  const { jobId, owner, now, expiresAt, error } = end
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression(
      `SET #state = :dead, lastError = :error, ${noteFailure}, failing = :failing, failingAt = :failingAt, finishedAt = :now, expiresAt = :expiresAt REMOVE leaseUntil, notBefore, waitingSince, deadLetterAt ADD deaths :one`,
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

/** The dead letter of a death was sent. */
export function deadLetterSentWrite(jobId: string, deaths: number, now: Date): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression('SET deadLetterAt = :now', { ':now': now.toISOString() }),
    condition: expression(`${clause.isDead} AND ${clause.diedTheSameDeath}`, { ':dead': 'dead', ':deaths': deaths }),
    quiet: true,
  }
}

/** A job that can never run again. */
export interface Abandoned {
  readonly jobId: string
  readonly type: string
  readonly lane: string
  /** Of the job's envelope; absent when its outbox item is gone. */
  readonly createdAt?: string | undefined
  readonly now: Date
  readonly error: string
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/**
 * The reconciler ends a job that it can neither send nor read: claim and death in one write. Refused when an attempt holds
 * the job, or when it has ended.
 *
 * @param effect what was read of the job's effect in this life
 */
export function abandonWrite(job: Abandoned, effect: Effect | undefined): Write {
  const { jobId, type, lane, createdAt, now, error, expiresAt } = job
  const attempts = effect?.attempts ?? 0
  const isOld = createdAt === undefined ? [] : [clause.endedInFormerLife]
  const condition = [clause.unclaimed, ...isOld, clause.waitsForRetry, clause.hasDiedInItsProcess].join(' OR ')
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: {
      text: `SET #state = :dead, #type = :type, lane = :lane, attempts = :attempts, lastError = :error, ${noteFailure}, failing = :failing, failingAt = :failingAt, finishedAt = :now, expiresAt = :expiresAt${createdAt === undefined ? '' : ', createdAt = :createdAt'} REMOVE leaseUntil, notBefore, waitingSince, deadLetterAt ADD deaths :one`,
      names: { '#state': 'state', '#type': 'type' },
      values: {
        ...failureValues({ attempt: attempts, now, error, failures: effect?.failures ?? [] }),
        ...(createdAt === undefined ? {} : { ':createdAt': createdAt }),
        ...enterTrouble('dead', jobId, now),
        ':dead': 'dead',
        ':type': type,
        ':lane': lane,
        ':attempts': attempts,
        ':error': error,
        ':now': now.toISOString(),
        ':expiresAt': expiresAt,
        ':one': 1,
      },
    },
    condition: {
      text: condition,
      values: {
        ...{ ':retrying': 'retrying', ':running': 'running', ':nowMs': now.getTime() },
        ...(createdAt === undefined ? {} : { ':earliest': lifeAround(createdAt)[':earliest'] }),
      },
    },
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
      'SET #state = :retrying, #owner = :owner, budget = attempts + :max, failing = :failing, failingAt = :failingAt, expiresAt = :expiresAt REMOVE finishedAt, deadLetterAt',
      {
        ':retrying': 'retrying',
        ':expiresAt': keptFrom(now),
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

/** When an effect that changes now may be forgotten, in seconds since the epoch. */
function keptFrom(now: Date): number {
  return Math.ceil(now.getTime() / 1000) + lifetimes.effect
}

/**
 * A cancelled job is wanted after all: it waits for its first attempt. Written before its message is sent, as {@link reviveWrite}.
 *
 * @param runAt the job's time, before which it does not run, ISO 8601 UTC
 */
export function uncancelWrite(
  jobId: string,
  maxAttempts: number,
  now: Date,
  token: string,
  runAt?: string | undefined,
): Write {
  const isEarly = runAt !== undefined && Date.parse(runAt) > now.getTime()
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: expression(
      `SET #state = :retrying, #owner = :owner, budget = :max, failing = :failing, failingAt = :failingAt, expiresAt = :expiresAt${isEarly ? ', notBefore = :runAt' : ''} REMOVE finishedAt`,
      {
        ':retrying': 'retrying',
        ':owner': token,
        ':max': maxAttempts,
        ':expiresAt': keptFrom(isEarly ? new Date(runAt) : now),
        ...(isEarly ? { ':runAt': Date.parse(runAt) } : {}),
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
export function cancelWrite(
  effect: Pick<Effect, 'pk' | 'type' | 'lane' | 'expiresAt' | 'createdAt'>,
  now: Date,
): Write {
  const item: Item = { ...effect, state: 'cancelled', attempts: 0, budget: 0, deaths: 0, finishedAt: now.toISOString() }
  const neverClaimed = `${clause.unclaimed} OR ${clause.isReplayed}`
  const values = { ':retrying': 'retrying', ':zero': 0 }
  const { createdAt } = effect
  const condition =
    createdAt === undefined
      ? expression(neverClaimed, values)
      : expression(`${neverClaimed} OR ${clause.endedInFormerLife}`, {
          ...values,
          ':earliest': lifeAround(createdAt)[':earliest'],
          ':running': 'running',
          ':nowMs': now.getTime(),
        })
  return { op: 'put', table: 'effects', item, condition }
}
