import { cancelWrite, type Effect, uncancelWrite } from '../../../shared/effect.ts'
import { isJobId } from '../../../shared/id.ts'
import { lifetimes } from '../../../shared/lifetimes.ts'
import { redrive } from '../../../shared/redrive.ts'
import { outgoing, sendProblem } from '../../../shared/send.ts'
import { statusOf } from '../../../shared/status.ts'
import { type Answer, busy, notFound, problem } from '../answer.ts'
import { audit } from '../audit.ts'
import type { ApiDeps } from '../deps.ts'
import { type Job, jobReceipt, readJob } from '../jobs.ts'
import { route } from '../route.ts'

export const jobActions = [
  route({
    method: 'POST',
    path: '/jobs/:id/cancel',
    summary: 'Cancel a job that has not started; it wins, or it is refused',
    success: { status: 200, schema: jobReceipt.omit({ type: true }) },
    errors: [404, 409],
    async answer(deps, request) {
      const { store, clock } = deps
      const { id = '' } = request.params
      const found = isJobId(id) ? await readJob(store, id) : undefined
      if (!found) return notFound(`job "${id}"`)
      const { type, lane, runAt, createdAt } = found.envelope
      const end = Math.max(clock.now().getTime(), Date.parse(runAt ?? createdAt))
      const expiresAt = Math.ceil(end / 1000) + lifetimes.effect
      await audit(deps, request, 'cancel job', id)
      const result = await store.write(cancelWrite({ pk: id, type, lane, createdAt, expiresAt }, clock.now()))
      const met = result.kind === 'refused' ? (result.met as unknown as Effect) : undefined
      if (!met || met.state === 'cancelled') return { status: 200, body: { id, status: 'cancelled' } }
      const status = statusOf(found.envelope, met, clock.now(), deps.registry.jobs.get(type))
      return problem(409, `Job "${id}" is ${status}: only a job that has not started can be cancelled.`)
    },
  }),
  route({
    method: 'POST',
    path: '/jobs/:id/replay',
    summary: 'Run a dead or cancelled job again, with a fresh budget of attempts',
    success: { status: 202, schema: jobReceipt },
    errors: [404, 409],
    async answer(deps, request) {
      const { id = '' } = request.params
      const found = isJobId(id) ? await readJob(deps.store, id) : undefined
      if (!found) return notFound(`job "${id}"`)
      const { envelope, effect } = found
      const unsendable = sendProblem(deps.registry, envelope)
      if (unsendable && (effect?.state === 'dead' || effect?.state === 'cancelled'))
        return problem(409, `Job "${id}" cannot be replayed: ${unsendable}.`)
      await audit(deps, request, 'replay job', id)
      const refused =
        effect?.state === 'dead'
          ? await replayDead(deps, effect)
          : effect?.state === 'cancelled'
            ? await replayCancelled(deps, found)
            : conflict(id, statusOf(envelope, effect, deps.clock.now(), deps.registry.jobs.get(envelope.type)))
      return refused ?? { status: 202, body: { id, type: envelope.type, status: 'retrying' } }
    },
  }),
]

function conflict(id: string, status: string): Answer {
  if (status === 'dead')
    return problem(409, `The last attempt of job "${id}" has just died with its process: replay it in a moment.`)
  return problem(409, `Job "${id}" is ${status}: only a dead or cancelled job can be replayed.`)
}

/** Time for one replay, in ms. */
const replayTime = 5_000

async function replayDead({ redrive: deps, clock }: ApiDeps, effect: Effect): Promise<Answer | undefined> {
  const result = await redrive(deps, one(effect), clock.now().getTime() + replayTime)
  return result.moved === 1 ? undefined : busy()
}

async function* one(effect: Effect): AsyncGenerator<readonly Effect[]> {
  yield [effect]
}

/** If the process dies after the write and before the send, the reconciler finds the job waiting, and sends it. */
async function replayCancelled(
  { store, clock, registry, redrive }: ApiDeps,
  { envelope, waits }: Job,
): Promise<Answer | undefined> {
  const maxAttempts = registry.jobs.get(envelope.type)?.maxAttempts ?? 5
  const kind = registry.lanes.get(envelope.lane)?.kind ?? 'standard'
  const written = await store.write(uncancelWrite(envelope.id, maxAttempts, clock.now()))
  if (written.kind === 'refused') return conflict(envelope.id, 'no longer cancelled')
  // Sent now it would run too early. It waits in the outbox for its time, and the sweeper releases it then.
  if (waits) return undefined
  const sendKey = `-u${clock.now().getTime()}`
  const [sent] = await redrive.sender.send(envelope.lane, [outgoing(envelope, kind, clock.now(), sendKey)])
  return sent?.kind === 'sent' ? undefined : busy()
}
