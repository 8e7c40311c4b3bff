import { settle } from '../../../../shared/batch/settle.ts'
import { cancelWrite, isTakenBy, uncancelWrite } from '../../../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../../../shared/execution/effect.ts'
import { maxAttemptsOf } from '../../../../shared/execution/policy.ts'
import { type StoredJob, storedJob } from '../../../../shared/execution/stored-job.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import type { Envelope } from '../../../../shared/outbox/envelope.ts'
import { sendProblem } from '../../../../shared/outbox/message.ts'
import { entryOf, sendByLane } from '../../../../shared/outbox/send.ts'
import { bringBack } from '../../../../shared/recovery/bring-back.ts'
import { sendAgain } from '../../../../shared/recovery/redrive.ts'
import { tidy } from '../../../../shared/recovery/tidy.ts'
import { type Answer, notFound, problem } from '../../answer.ts'
import { audit } from '../../audit.ts'
import type { ApiDeps } from '../../deps.ts'
import { operatorRoute } from '../../route.ts'
import type { RouteRequest } from '../../route-request.ts'
import { edit } from './edit.ts'
import { conflict, held, notReplayable, statusNow } from './refusals.ts'
import { jobCancelled, jobParams, jobReceipt, jobReplay } from './schemas.ts'

export const jobActions = [
  operatorRoute({
    method: 'POST',
    path: '/jobs/:id/cancel',
    access: 'operator',
    summary: 'Cancel a job that has not started',
    params: jobParams,
    success: { status: 200, schema: jobCancelled },
    errors: [404, 409],
    async handle(request, services) {
      const { id } = request.params
      const found = await storedJob(services.store, id)
      if (!found) return notFound(`job "${id}"`)
      await audit(services, request, 'cancel job', id)
      const met = await cancel(services, found)
      if (!met || met.state === 'cancelled') {
        // Also of one that was cancelled before: its first canceller may have died in between.
        await settle(services, found.envelope, 'cancelled')
        return { status: 200, body: { id, status: 'cancelled' as const } }
      }
      const status = statusNow(services, found.envelope, met)
      return problem(409, `Job "${id}" is ${status}: only a job that has not started can be cancelled.`)
    },
  }),
  operatorRoute({
    method: 'POST',
    path: '/jobs/:id/replay',
    access: 'operator',
    summary: 'Run a dead or cancelled job again, with all its attempts, or a new job with another payload',
    params: jobParams,
    body: jobReplay,
    success: { status: 202, schema: jobReceipt, idempotent: true },
    errors: [404, 409, 422],
    async handle(request, services) {
      const { id } = request.params
      const found = await storedJob(services.store, id)
      if (!found) return notFound(`job "${id}"`)
      if (request.body?.payload !== undefined) return edit(services, request, found, request.body.payload)
      const refused = await replay(services, request, found)
      return refused ?? { status: 202, body: { id, type: found.envelope.type, status: 'retrying' as const } }
    },
  }),
]

/** Cancels a job. @returns what it met instead, where the job has an effect already */
async function cancel({ store, clock }: ApiDeps, { envelope }: StoredJob): Promise<Effect | undefined> {
  const { id, type, lane, runAt, createdAt } = envelope
  const end = Math.max(clock.now().getTime(), Date.parse(runAt ?? createdAt))
  const expiresAt = Math.ceil(end / 1000) + lifetimes.effect
  const result = await store.write(cancelWrite({ pk: id, type, lane, createdAt, expiresAt }, clock.now()))
  return result.kind === 'refused' ? (result.met as unknown as Effect) : undefined
}

async function replay(deps: ApiDeps, request: RouteRequest, job: StoredJob): Promise<Answer<never> | undefined> {
  const { envelope, effect } = job
  const canReplay = effect?.state === 'dead' || (effect?.state === 'cancelled' && effect.replayedAs === undefined)
  if (canReplay && sendProblem(deps.registry, envelope)) return unsendable(deps, envelope)
  await audit(deps, request, 'replay job', envelope.id)
  if (!canReplay) return notReplayable(deps, envelope, effect)
  return effect.state === 'dead' ? replayDead(deps, job, effect) : replayCancelled(deps, job)
}

/** Time for taking the dead letter of one replayed job away, in ms. */
const replayTime = 5_000

/** Of several replays and redrives of one job at once, one sends it; the others are conflicts. */
async function replayDead(deps: ApiDeps, { envelope }: StoredJob, effect: Effect): Promise<Answer<never> | undefined> {
  const [sent] = await sendAgain(deps, [effect])
  switch (sent?.outcome) {
    case 'moved':
      await tidy(deps, envelope.lane, 1, deps.clock.now().getTime() + replayTime)
      return undefined
    case 'unsent':
      // It is written down, and the reconciler sends it within two hours. A second replay would be a conflict.
      return undefined
    case 'unsendable':
      return unsendable(deps, envelope)
    case 'held':
      return held(envelope, String(sent.heldBy))
    case 'lost': {
      const met = (await deps.store.get('effects', { pk: effect.pk })) as Effect | undefined
      const status = statusNow(deps, envelope, met)
      return conflict(effect.pk, status === 'dead' ? 'being replayed by another request' : status)
    }
    default:
      return notFound(`job "${effect.pk}", or it ended more than 30 days ago`)
  }
}

function unsendable({ registry }: ApiDeps, envelope: Envelope): Answer<never> {
  return problem(409, `Job "${envelope.id}" cannot be replayed: ${sendProblem(registry, envelope)}.`)
}

/** If the process dies after the write and before the send, the reconciler finds the job waiting, and sends it. */
async function replayCancelled(deps: ApiDeps, { envelope, waits }: StoredJob): Promise<Answer<never> | undefined> {
  const { store, clock, ids, registry, sender } = deps
  const maxAttempts = maxAttemptsOf(registry, envelope.type)
  const token = ids.fresh()
  const write = uncancelWrite(envelope.id, maxAttempts, clock.now(), token, envelope.runAt)
  const written = await bringBack(deps, envelope, write, token)
  if (written.kind === 'held') return held(envelope, written.by)
  if (written.kind === 'refused' && !isTakenBy(written.met as Effect | undefined, token))
    return conflict(envelope.id, 'no longer cancelled')
  // Sent now it would run too early. It waits in the outbox for its time, and the sweeper releases it then. Asked again, since it
  // may have been released, and its message dropped as that of a cancelled job, before the write.
  if (waits && (await storedJob(store, envelope.id))?.waits) return undefined
  const sendKey = `-u${clock.now().getTime()}`
  const entry = entryOf(registry, envelope, clock.now(), sendKey)
  await sendByLane({ sender, clock }, [entry], { tries: 2 })
  return undefined
}
