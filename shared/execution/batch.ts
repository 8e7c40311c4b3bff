/** A batch of a lane: which of its jobs run side by side, and which must be alone. */

import type { LaneMessage } from '../lib/ports.ts'
import { decodeMessage } from '../outbox/envelope.ts'
import { consume } from './consume.ts'
import type { ConsumerDeps } from './consumer.ts'
import { leaseIsOver } from './effect/lease.ts'
import { peek } from './effect/peek.ts'
import type { Effect } from './effect.ts'
import { policyOf, unknownType } from './policy.ts'
import { createLimiter } from './rate-limit/limiter.ts'

/** Messages that are handled one after the other: one of a standard lane, those of a group of an ordered one. */
type Row = readonly LaneMessage[]

interface RowEnd {
  readonly returned: readonly LaneMessage[]
  /** The rest of the row, from a job on that must run alone. */
  readonly deferred?: { readonly row: Row; readonly attempts: number }
}

/**
 * Handles a batch of a lane: messages side by side; messages of one group in order, up to the first that returns.
 *
 * A job that may kill the process runs alone: one whose process died in an attempt before, after all others, one after the
 * other. So a second crash hits nobody but the culprit. A job that must never run twice runs alone as well: no
 * neighbour can leave it with an unknown outcome.
 *
 * @param deadline when the process will be ended, in ms since the epoch
 * @returns ids of the messages that are to come back, as `batchItemFailures` takes them
 */
export async function consumeBatch(
  deps: ConsumerDeps,
  messages: readonly LaneMessage[],
  deadline: number,
): Promise<string[]> {
  const seconds = Math.ceil((deadline - deps.clock.now().getTime()) / 1000) + 2
  // If this process dies, its messages come back when its lease ends, not after the queue's long visibility timeout.
  // Should it fail, they come back later; that is no reason to fail the batch.
  const hidden = deps.queue.extendVisibility(messages, seconds).catch(() => {})
  const limiter = deps.limiter ?? createLimiter(deps)
  const waiting: ConsumerDeps = { ...deps, limiter, queue: afterwards(deps.queue, hidden) }
  const rows: Row[] = [...Map.groupBy(messages, (m) => m.group ?? m.messageId).values()]
  const returned = await consumeRows(waiting, rows, deadline)
  await hidden
  return returned.map((message) => message.messageId)
}

async function consumeRows(deps: ConsumerDeps, rows: readonly Row[], deadline: number): Promise<LaneMessage[]> {
  const returned: LaneMessage[] = []
  const aloneOneByOne = async (some: readonly Row[]) => {
    for (const row of some) returned.push(...(await consumeRow(deps, row, deadline, false)).returned)
  }
  const first = rows.length > 1 ? await starving(deps, rows) : []
  await aloneOneByOne(first)
  const others = rows.filter((row) => !first.includes(row))
  const shared = others.length > 1
  const ends = await Promise.all(others.map((row) => consumeRow(deps, row, deadline, shared)))
  returned.push(...ends.flatMap((end) => end.returned))
  const deferred = ends.flatMap((end) => end.deferred ?? []).sort((a, b) => a.attempts - b.attempts)
  await aloneOneByOne(deferred.map(({ row }) => row))
  return returned
}

/** Stops at the first message that returns: what comes after it in its group must not overtake it. */
async function consumeRow(deps: ConsumerDeps, row: Row, deadline: number, shared: boolean): Promise<RowEnd> {
  for (const [i, message] of row.entries()) {
    const outcome = await consume(deps, message, deadline, shared)
    if (outcome === 'acknowledge') continue
    const rest = row.slice(i + 1)
    if (outcome !== 'return') return { returned: [], deferred: { row: [message, ...rest], attempts: outcome.attempts } }
    // Their group stays closed until the first of them is visible again; they need not wait longer than that.
    await Promise.allSettled(rest.map((later) => deps.queue.changeVisibility(later, 0)))
    return { returned: [message, ...rest] }
  }
  return { returned: [] }
}

/** Receives after which a job that must run alone goes first: on a busy lane there may never be time for it in the end. */
const starvesAfter = 3

/** Rows whose first job must run alone and has come back often. */
async function starving(deps: ConsumerDeps, rows: readonly Row[]): Promise<Row[]> {
  const candidates = rows.filter(([head]) => head !== undefined && head.receiveCount > starvesAfter)
  const alone = await Promise.all(candidates.map(([head]) => mustRunAlone(deps, head as LaneMessage)))
  const often = ([head]: Row) => head?.receiveCount ?? 0
  return candidates.filter((_, i) => alone[i]).sort((a, b) => often(b) - often(a))
}

async function mustRunAlone({ registry, store, clock }: ConsumerDeps, { body }: LaneMessage): Promise<boolean> {
  const decoded = decodeMessage(body)
  if (decoded.kind === 'malformed') return false
  const policy = policyOf(registry, decoded.envelope)
  if (policy === unknownType) return false
  if (policy.onCrash === 'dead-letter') return true
  // A table that does not answer is no reason to fail the batch: then the job takes its chance with the others.
  const peeked = await store.write(peek(decoded.envelope.id)).catch(() => undefined)
  const effect = (peeked?.kind === 'refused' ? peeked.met : undefined) as Effect | undefined
  return effect?.state === 'running' && leaseIsOver(effect, clock.now())
}

/** A shorter wait that is asked for while the batch is still being hidden must come after it, or it would be undone. */
function afterwards(queue: ConsumerDeps['queue'], hidden: Promise<void>): ConsumerDeps['queue'] {
  return {
    ...queue,
    async changeVisibility(message, seconds) {
      await hidden
      await queue.changeVisibility(message, seconds)
    },
  }
}
