/** One attempt of a job: run it, and commit what it returned together with its completion. */

import {
  BusyError,
  ChangeRefusedError,
  errorLine,
  NotDeployedError,
  NotDoneError,
  PermanentError,
  TimeLimitError,
  UnknownOutcomeError,
} from '../define/errors.ts'
import type { JobContext, JobType } from '../define/job.ts'
import type { Lane } from '../define/lane.ts'
import type { Registry } from '../define/registry.ts'
import type { Services } from '../define/services.ts'
import type { Ids } from '../lib/id.ts'
import type { Clock, Store } from '../lib/ports.ts'
import type { Item, Write } from '../lib/write.ts'
import type { Change } from '../outbox/change.ts'
import { isChange } from '../outbox/change.ts'
import { commit, persist } from '../outbox/commit.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { problemLine, problemOf } from '../outbox/job-problem.ts'
import { plan } from '../outbox/plan.ts'
import { completeWrite } from './effect/end-writes.ts'
import type { Effect } from './effect.ts'

export interface AttemptDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  readonly services: Services
  readonly lifetimes: { readonly outbox: number; readonly effect: number }
}

/** What a claimed attempt holds. */
export interface Attempt {
  readonly envelope: Envelope
  readonly effect: Effect
  readonly owner: string
  /** When the process will be ended, in ms since the epoch. */
  readonly deadline: number
}

/** Kept free at the end of an invocation for the commit, in ms. */
export const commitTime = 1_000

/** Whether an invocation of a lane has time for an attempt: 2 s are kept for the start and the commit. */
export function fitsLane(timeLimitSeconds: number, lane: Pick<Lane, 'timeoutSeconds'> | undefined): boolean {
  return lane === undefined || timeLimitSeconds <= lane.timeoutSeconds - 2
}

/**
 * Runs a claimed attempt to its commit.
 *
 * @returns `fenced` when another attempt has taken the job meanwhile: nothing of this one was written
 * @throws whatever the job threw, or why its change could not be committed; then nothing was written
 */
export async function runAttempt(deps: AttemptDeps, attempt: Attempt): Promise<'committed' | 'fenced'> {
  const { type, payload } = readJob(attempt.envelope, deps.registry)
  try {
    const left = attempt.deadline - commitTime - deps.clock.now().getTime()
    const change: unknown = await withTimeLimit(type, left, (signal) =>
      type.run(payload, jobContext(deps, attempt, signal)),
    )
    if (!isChange(change)) {
      throw new PermanentError(`"${type.type}" returned what is not a change; return {records, jobs} or nothing`)
    }
    // If the process dies here, what the job did outside is done, and will be done again with the same effect key.
    return await commitAttempt(deps, attempt, change ?? {})
  } catch (error) {
    if (type.onCrash === 'retry' || saysItself(error)) throw error
    throw new UnknownOutcomeError(
      `it may have done its work, and is not run again (throw a NotDoneError where it surely has not): ${errorLine(error)}`,
    )
  }
}

/** Whether an error says what became of the work: not done, so it may run again; or never to be tried again, so it ends anyway. */
function saysItself(error: unknown): boolean {
  return [NotDoneError, PermanentError, ChangeRefusedError].some((kind) => error instanceof kind)
}

/** The type of a job and its payload, brought up to the type's version and checked. */
function readJob(envelope: Envelope, registry: Registry): { type: JobType; payload: unknown } {
  const type = registry.jobs.get(envelope.type)
  if (!type)
    throw new NotDeployedError(
      `job type "${envelope.type}" is unknown to this version of the code; deploy the code that has it`,
    )
  if (envelope.version > type.version) {
    throw new NotDeployedError(
      `"${type.type}" has a payload of version ${envelope.version}, this code knows ${type.version}; deploy the newer code`,
    )
  }
  const lane = registry.lanes.get(envelope.lane)
  if (!fitsLane(type.timeLimitSeconds, lane)) {
    throw new PermanentError(
      `"${type.type}" may run ${type.timeLimitSeconds} s, which no longer fits into lane "${envelope.lane}" (at most ${(lane?.timeoutSeconds ?? 2) - 2} s); lower timeLimitSeconds or raise the lane's timeoutSeconds, deploy, then redrive`,
    )
  }
  const upgraded =
    envelope.version < type.version && type.upgrade
      ? type.upgrade(envelope.payload, envelope.version)
      : envelope.payload
  const parsed = type.schema.safeParse(upgraded)
  if (!parsed.success) {
    throw new PermanentError(
      `the payload does not fit the schema of "${type.type}": ${problemLine(parsed.error.issues.map((issue) => problemOf(issue)))}`,
    )
  }
  return { type, payload: parsed.data }
}

function jobContext(deps: AttemptDeps, { envelope, effect }: Attempt, signal: AbortSignal): JobContext {
  return {
    jobId: envelope.id,
    attempt: effect.attempts,
    effectKey: envelope.id,
    signal,
    now: deps.clock.now(),
    services: deps.services,
  }
}

/**
 * Gives a job its time limit: the signal first, and if it does not heed it, it is left behind; what it returns then is dropped.
 *
 * @param left what is left of the invocation, in ms: no attempt outlives its process
 */
async function withTimeLimit<T>(type: JobType, left: number, run: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        const error = new TimeLimitError(type.type, type.timeLimitSeconds)
        reject(error)
        controller.abort(error)
      },
      Math.min(type.timeLimitSeconds * 1000, left),
    )
  })
  try {
    return await Promise.race([run(controller.signal), over])
  } finally {
    clearTimeout(timer)
  }
}

async function commitAttempt(deps: AttemptDeps, attempt: Attempt, change: Change): Promise<'committed' | 'fenced'> {
  const { envelope, effect, owner } = attempt
  const until = attempt.deadline - 1_000
  const now = deps.clock.now()
  const expiresAt = Math.ceil(now.getTime() / 1000) + deps.lifetimes.effect
  const completion = completeWrite({ jobId: effect.pk, owner, now, expiresAt })
  const origin = {
    now,
    hops: envelope.hops + 1,
    traceparent: envelope.traceparent,
    record: envelope.record,
    outboxLifetime: deps.lifetimes.outbox,
  }
  // The ids of what it causes belong to this life of its id: what a former life caused may still be there.
  const changeId = `${envelope.id}@${envelope.createdAt}`
  const { writes } = plan(change, changeId, { origin, registry: deps.registry, ids: deps.ids, completion })
  if (writes.length === 1) {
    // Nothing but the completion: a plain write costs half of a transaction. Its owner makes a repetition harmless; giving
    // it up early would not be, for what the job did outside would be done again.
    const result = await persist(deps, completion, until)
    return result.kind === 'written' || isOurs(result.met, owner) ? 'committed' : 'fenced'
  }
  const result = await commit(deps, writes, owner, until)
  if (result.kind === 'written') return 'committed'
  if (result.kind === 'busy')
    throw new BusyError(`the tables did not take the change of "${envelope.type}" in time: ${result.reason}`)
  if (result.met[0]) return isOurs(result.met[0], owner) ? 'committed' : 'fenced'
  const place = result.met.findIndex(Boolean)
  throw new ChangeRefusedError(
    `what "${envelope.type}" creates exists already (write ${place} of its change${placeOf(writes[place])}): use put or update for a record that may be there, and another id for a job`,
  )
}

function placeOf(write: Write | undefined): string {
  return write?.op === 'put' ? `, ${String(write.item.pk)} / ${String(write.item.sk)}` : ''
}

/** Our own completion went through, only its answer was lost. */
function isOurs(met: Item | undefined, owner: string): boolean {
  return met?.owner === owner && met.state === 'succeeded'
}
