import type { StoredJob } from '../../../../shared/execution/stored-job.ts'
import type { Item } from '../../../../shared/lib/write.ts'
import { type Edited, replayEdited } from '../../../../shared/recovery/replay-edited.ts'
import { tidy } from '../../../../shared/recovery/tidy.ts'
import { type Answer, badBody } from '../../answer.ts'
import { audit } from '../../audit.ts'
import type { ApiDeps } from '../../deps.ts'
import { accepted, refusal } from '../../result-answer.ts'
import type { RouteRequest } from '../../route-request.ts'
import { held, notReplayable } from './refusals.ts'
import type { JobReceipt } from './schemas.ts'

/** Time for taking the dead letter of the replaced job away, in ms. */
const tidyTime = 5_000

/** Replays a job with another payload, as a new job. */
export async function edit(
  deps: ApiDeps,
  request: RouteRequest,
  { envelope, effect }: StoredJob,
  payload: unknown,
): Promise<Answer<JobReceipt>> {
  const canReplay = effect?.state === 'dead' || effect?.state === 'cancelled'
  // Its payload may be secret: only that it was another one is recorded.
  await audit(deps, request, 'replay job with another payload', envelope.id)
  if (!canReplay) return notReplayable(deps, envelope, effect)
  const edited = await replayEdited(deps, request, { envelope, effect }, payload)
  // If the process dies here, the dead letter of the cancelled job stays until the next redrive tidies it away.
  if (edited.kind === 'replayed' && effect.state === 'dead')
    await tidy(deps, envelope.lane, 1, deps.clock.now().getTime() + tidyTime)
  return answerOf(deps, { envelope, effect }, edited)
}

function answerOf(deps: ApiDeps, { envelope }: Pick<StoredJob, 'envelope' | 'effect'>, edited: Edited) {
  switch (edited.kind) {
    case 'replayed': {
      const receipt = receiptOf(edited.item)
      const location = `/jobs/${encodeURIComponent(receipt.id)}`
      return accepted(edited.again ? 'replayed' : 'committed', receipt, { location })
    }
    case 'invalid':
      return badBody(edited.problems)
    case 'held':
      return held(envelope, edited.by)
    case 'refused':
      return notReplayable(deps, envelope, edited.met)
    case 'key-reused':
      return refusal({ kind: 'key-reused' }, '')
    default:
      return refusal({ kind: edited.kind, reason: '' }, '')
  }
}

/** The answer that the job was given when it was written. */
function receiptOf({ id, type, runAt, createdAt }: Item): JobReceipt {
  const isEarly = typeof runAt === 'string' && runAt > String(createdAt)
  return { id: String(id), type: String(type), status: isEarly ? 'scheduled' : 'pending' }
}
