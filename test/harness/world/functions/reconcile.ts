import { batchIndexOf } from '../../../../functions/aws/batch-index.ts'
import { batchReader } from '../../../../functions/aws/batch-reader.ts'
import { failingIndexOf } from '../../../../functions/aws/failing-index.ts'
import { laneWaits } from '../../../../functions/aws/lane-waits.ts'
import { outboxScan } from '../../../../functions/aws/outbox-scan.ts'
import { problemOf } from '../../../../functions/reconcile/problem.ts'
import { runOf } from '../../../../functions/reconcile/run.ts'
import { effectOf } from '../../../../shared/execution/effect/lives.ts'
import type { Effect } from '../../../../shared/execution/effect.ts'
import { outboxKey } from '../../../../shared/lib/id.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import { type Run, reconcile } from '../../../../shared/recovery/reconcile.ts'
import { registryOf } from '../app.ts'
import { isLate } from '../losses.ts'
import type { Process } from '../process.ts'
import type { SimLane, SimSqs } from '../sqs.ts'
import { adapters, type Stack, tables, urls } from '../stack.ts'

/** What the names of the simulated queues begin with. */
export const prefix = 'simulated'

/** As functions/reconcile/lambda.ts runs it; what it returns is what it leaves to the next runs. */
export function reconcileFunction(stack: Stack, event: unknown) {
  return async (process: Process): Promise<readonly Run[]> => {
    const { store, sender, clock, db, queues } = adapters(stack, process)
    const registry = registryOf(stack.deployed.lanes)
    const began = stack.now()
    const send: typeof sender.send = async (lane, messages) => {
      for (const { body } of messages) judgeResend(stack, lane, JSON.parse(body).id, began)
      return sender.send(lane, messages)
    }
    const lanes = [...registry.lanes.values()]
    const ages = { sqs: queues, urls, prefix, lanes, now: stack.now, ...stack.watch }
    const deps = {
      ...{ store, sender: { send }, clock, ids: stack.ids, registry },
      ...batchReader(db, tables),
      scan: outboxScan(db, tables.outbox),
      waits: () => laneWaits(ages),
      failing: failingIndexOf(db, tables.effects),
      batches: batchIndexOf(db, tables.effects),
      observe: ({ kind }: { kind: string }) => stack.witness.event(kind),
    }
    const run = runOf(event)
    const result = await reconcile(deps, run, clock.now().getTime() + stack.runMs)
    // A pass in which SQS refused a job, or a lane told nothing, does not count.
    if (result.unsent + result.unreadable.length > 0) stack.witness.reconcilerFailed()
    // Its error is an alarm, and what it left goes on nonetheless.
    if (problemOf(run, result)) stack.witness.event('reconciler alarmed')
    return result.next
  }
}

/** The reconciler sends what has no message any more; none gets lost unless the world took it away, none is sent that waits. */
function judgeResend(stack: Stack, lane: string, id: string, began: number): void {
  const { sqs, witness, now } = stack
  const simLane = sqs.lanes.find(({ name }) => name === lane) as SimSqs['lanes'][number]
  const loss = witness.lost.get(id)
  if (loss && isLate(loss, witness.failedRuns, now())) witness.breaks('what got lost alone is found in time', id)
  witness.lost.delete(id)
  // From now on, whatever becomes of the reconciler.
  witness.outOfTurn.add(id)
  if (waitsSince(stack, simLane, id) < began - stack.repeatedWithin)
    witness.breaks('no job is sent again that waits in its lane', id)
  witness.resent.set(id, [...(witness.resent.get(id) ?? []), now()])
  if (!isUnderWay(stack, simLane, id)) witness.breaks('no message gets lost on the way', id)
}

/** Whether a message counts for the age of the oldest: on a standard queue one that was received often does not. */
export const isCounted = ({ isOrdered }: SimLane, { receiveCount }: { readonly receiveCount: number }) =>
  isOrdered || receiveCount <= 3

/** A message may also name the job that its own one replaces. */
const isMessageOf = ({ body }: { readonly body: string }, job: string) => body.includes(`"id":${JSON.stringify(job)}`)

/** Since when a job waits in its lane, in ms. A duplicate may come long after the message: it is none that the job waits in. */
function waitsSince(stack: Stack, lane: SimLane, job: string): number {
  const { now, witness } = stack
  // What is older than the retention is there no more, though the world has not dropped it yet.
  const oldest = now() - lifetimes.queueRetention * 1_000
  const waiting = lane.queue.messages.filter(
    (message) =>
      isMessageOf(message, job) &&
      message.sentAt > oldest &&
      isCounted(lane, message) &&
      !witness.duplicates.has(`${job} ${message.id}`) &&
      !isUnnoted(stack, job, message.sentAt),
  )
  return Math.min(...waiting.map(({ sentAt }) => sentAt))
}

/** Whether the reconciler sent a message and died before its mark: it does not know of it, and sends the job once more. */
function isUnnoted({ dynamoDb, witness }: Stack, job: string, sentAt: number): boolean {
  const isItsOwn = witness.resent.get(job)?.some((at) => Math.abs(at - sentAt) < 60_000) ?? false
  const notedAt = Date.parse(String(dynamoDb.item('outbox', outboxKey(job))?.resentAt))
  return isItsOwn && !(notedAt > sentAt - 60_000)
}

function isUnderWay({ dynamoDb, witness, isHeldUp }: Stack, { queue, deadLetters }: SimLane, id: string): boolean {
  if (witness.outage || witness.excused.has(id) || witness.unsent.has(id) || isHeldUp(id)) return true
  const job = witness.written.get(id)
  const effect = dynamoDb.item('effects', { pk: id }) as Effect | undefined
  const state = job && effectOf(job, effect)?.state
  if (state === 'succeeded' || state === 'cancelled') return true
  return [...queue.messages, ...deadLetters.messages].some((message) => isMessageOf(message, id))
}
