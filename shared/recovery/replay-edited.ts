/** Replays a dead or cancelled job with another payload: as a new job. The old one is cancelled for good. */
import { bringBackWrites, leaveAsItWas } from '../batch/bring-back.ts'
import type { Member } from '../batch/planned.ts'
import { groupOf, type JobRequest, tenantOf } from '../define/job.ts'
import { redactedPayload } from '../define/redact.ts'
import type { Registry } from '../define/registry.ts'
import { restored } from '../define/restore.ts'
import { replaceWrite } from '../execution/effect/operator-writes.ts'
import type { Effect } from '../execution/effect.ts'
import { jobId, outboxKey } from '../lib/id.ts'
import type { Item } from '../lib/write.ts'
import type { CommandRequest, CommitDeps } from '../outbox/commit-request.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { jobProblems, type Problem } from '../outbox/job-problem.ts'
import { type Plan, plan } from '../outbox/plan.ts'
import { matchOf, tagged } from '../outbox/request-mark.ts'
import { type CommitPlanResult, commitPlan } from '../outbox/unique/commit-plan.ts'

export type Edited =
  /** `item`: the outbox item of the new job. `again`: the same request did this before. */
  | { readonly kind: 'replayed'; readonly item: Item; readonly again: boolean }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  /** Another job of its unique key stands. */
  | { readonly kind: 'held'; readonly by: string }
  /** The job moved on meanwhile. `met`: its effect. */
  | { readonly kind: 'refused'; readonly met: Effect | undefined }
  | { readonly kind: 'key-reused' | 'busy' | 'unknown' }

/** How long it tries against conflicts and throttling, in ms. */
const timeoutMs = 5_000
/** Tries against others who settle the batch. */
const tries = 3

/**
 * One transaction inserts the new job and cancels the old one, on condition that this is still dead or cancelled and has not been
 * replaced. So of several operators one wins, a repetition finds the new job, and a process that dies leaves both or none.
 */
export async function replayEdited(
  deps: CommitDeps,
  request: CommandRequest,
  { envelope, effect }: { readonly envelope: Envelope; readonly effect: Effect },
  payload: unknown,
): Promise<Edited> {
  if (effect.replayedAs !== undefined) return replacedBefore(deps, request, effect)
  const edited = editedJob(deps.registry, request, envelope, payload)
  if ('problems' in edited) return { kind: 'invalid', problems: edited.problems }
  const { registry, ids, outboxLifetime } = deps
  const { now, traceparent } = request
  const { record, batch, id: replayOf } = envelope
  const origin = { now, hops: 0, traceparent, record, replayOf, batch, outboxLifetime }
  const completion = replaceWrite(effect, edited.job.id, now)
  const planned = plan({ jobs: [edited.job] }, request.id, { origin, registry, ids, completion })
  for (let round = 1; ; round++) {
    const result = await commitEdited(deps, request, planned, batch)
    if (batch && result.kind !== 'replayed') await leaveAsItWas(deps, batch)
    // Its batch moved on meanwhile, and the job did not.
    const isAsItWas = result.kind === 'refused' && result.met?.state === effect.state && !result.met.replayedAs
    if (!batch || !isAsItWas || round === tries) return result
  }
}

/** @param batch its place in a batch, which waits for the new job */
async function commitEdited(
  deps: CommitDeps,
  request: CommandRequest,
  planned: Plan,
  batch: Member | undefined,
): Promise<Edited> {
  const { id, now, fingerprint } = request
  const ofBatch = batch ? await bringBackWrites(deps, batch) : []
  let heldBy: string | undefined
  const result = await commitPlan(deps, planned, {
    token: deps.ids.fresh(),
    until: now.getTime() + timeoutMs,
    frame(writes, [merged]) {
      heldBy = merged?.id
      // Merged into another job, the edited payload would run nowhere: nothing is written.
      if (merged) return []
      const all = [...writes, ...ofBatch]
      return fingerprint === undefined ? all : all.map((write) => tagged(write, { id, fingerprint, now }))
    },
  })
  if (heldBy !== undefined) return { kind: 'held', by: heldBy }
  const item = planned.writes.find(({ table }) => table === 'outbox')
  return result.kind === 'written' && item?.op === 'put'
    ? { kind: 'replayed', item: item.item, again: false }
    : notWritten(deps, planned, result)
}

/** A refusal may be that of a try whose answer was lost: then the old job names the new one. */
async function notWritten(deps: CommitDeps, { completion, jobs }: Plan, result: CommitPlanResult): Promise<Edited> {
  const isLost = result.kind !== 'written' && result.mayBeWritten
  if (result.kind !== 'refused' && !isLost) return { kind: 'busy' }
  const key = completion?.op === 'update' ? completion.key : {}
  const met = (await deps.store.get('effects', key)) as Effect | undefined
  const newId = jobs[0]?.id
  if (met?.replayedAs !== undefined && met.replayedAs === newId) {
    const item = await deps.store.get('outbox', outboxKey(newId))
    if (item) return { kind: 'replayed', item, again: false }
  }
  return result.kind === 'refused' ? { kind: 'refused', met } : { kind: 'unknown' }
}

/** The job has been replaced: by this request, by its key with another body, or by somebody else. */
async function replacedBefore(
  { store }: CommitDeps,
  { id, fingerprint }: CommandRequest,
  met: Effect,
): Promise<Edited> {
  const newId = String(met.replayedAs)
  const item = fingerprint === undefined ? undefined : await store.get('outbox', outboxKey(newId))
  const match = fingerprint === undefined ? 'none' : matchOf(item, { id, fingerprint })
  if (match === 'same' && item) return { kind: 'replayed', item, again: true }
  return match === 'other-body' ? { kind: 'key-reused' } : { kind: 'refused', met }
}

type EditedJob = { readonly job: JobRequest & { readonly id: string } } | { readonly problems: readonly Problem[] }

/** The new job: that of before, with another payload. What followed from the payload follows from the new one. */
function editedJob(registry: Registry, request: CommandRequest, envelope: Envelope, edited: unknown): EditedJob {
  const type = registry.jobs.get(envelope.type)
  if (!type)
    return { problems: jobProblems({ job: { type: envelope.type } as never, payload: {} }, registry, request.now) }
  const found = restored(edited, redactedPayload(envelope.payload, type), envelope.payload)
  if (found.kind === 'unknown') return { problems: found.paths.map(unknownValue) }
  const before = { job: type, payload: envelope.payload }
  const runAt = envelope.runAt === undefined ? undefined : new Date(envelope.runAt)
  const job = {
    job: type,
    payload: found.payload,
    lane: envelope.lane,
    ...(groupOf(before) === envelope.group ? {} : { group: envelope.group }),
    ...(tenantOf(before) === envelope.tenant ? {} : { tenant: envelope.tenant }),
    ...(runAt && runAt > request.now && !type.debounce ? { runAt } : {}),
  }
  const problems = jobProblems(job, registry, request.now)
  return problems.length > 0 ? { problems } : { job: { ...job, id: jobId(request.id, groupOf(job)) } }
}

function unknownValue(path: string): Problem {
  const at = path === '' ? 'payload' : `payload.${path}`
  return { path: at, message: 'is a placeholder for a hidden value that is not known here: give a value' }
}
