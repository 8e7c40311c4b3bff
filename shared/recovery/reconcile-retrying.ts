/**
 * Jobs that wait for a retry and have no message: it expired, its queue was purged, or the send of a redrive or replay got
 * lost. The index of failing jobs has them, oldest first, so they are checked every hour, whatever their age.
 */

import { effectOf } from '../execution/effect/lives.ts'
import type { Effect } from '../execution/effect.ts'
import { bucketOf, outboxKey } from '../lib/id.ts'
import type { Item } from '../lib/write.ts'
import { sendProblem } from '../outbox/message.ts'
import { type FailingIndex, failingPartitions } from './failing-jobs.ts'
import { isLostRetry, markOf } from './reconcile-checks.ts'
import { expire } from './reconcile-end.ts'
import { type LostDeps, settleLost } from './reconcile-lost.ts'
import { grace, type Marks } from './reconcile-marks.ts'
import { type Counts, none, parts, sum } from './reconcile-pass.ts'

export interface RetryingDeps extends LostDeps {
  readonly failing: Pick<FailingIndex, 'query'>
}

interface Moment {
  readonly at: number
  readonly marks: Marks
  /** The part of the hour. Jobs that cannot be sent are reported once a day, each in the hour of its number. */
  readonly part: number
}

const pageSize = 100

/** @param until when it must end, in ms since the epoch */
export async function checkRetrying(
  deps: RetryingDeps,
  moment: Moment,
  until: number,
): Promise<{ readonly counts: Counts; readonly isComplete: boolean }> {
  const latest = Math.max(moment.at - grace, ...Object.values(moment.marks)) - grace
  const filter = { until: new Date(latest).toISOString() }
  const read = await Promise.all(
    failingPartitions(['retrying']).map(async (partition) => {
      const counts: Counts[] = []
      let after: { readonly pk: string; readonly failingAt: string } | undefined
      do {
        const page = await deps.failing.query(partition, filter, { after, limit: pageSize })
        counts.push(await checkEffects(deps, page, moment))
        const last = page.length === pageSize ? page.at(-1) : undefined
        after = last && { pk: last.pk, failingAt: last.failingAt ?? '' }
        if (after && deps.clock.now().getTime() > until) return { counts: sum(counts), isComplete: false }
      } while (after)
      return { counts: sum(counts), isComplete: true }
    }),
  )
  return { counts: sum(read.map(({ counts }) => counts)), isComplete: read.every(({ isComplete }) => isComplete) }
}

async function checkEffects(deps: RetryingDeps, page: readonly Effect[], moment: Moment): Promise<Counts> {
  const late = page.filter((effect) => isLostRetry(effect, {}, markOf(moment, effect.lane)))
  if (late.length === 0) return none
  const keys = late.map(({ pk }) => outboxKey(pk))
  const items = new Map((await deps.items(keys)).map((item) => [item.sk, item]))
  const lost: Effect[] = []
  let abandoned = 0
  for (const effect of late) {
    const item = items.get(effect.pk)
    if (!item) abandoned += await expire(deps, effect, expired)
    else if (isLost(deps, effect, item, moment)) lost.push(effect)
  }
  const { resent, unsent } = await settleLost(deps, lost.map(jobOf))
  return { ...none, resent: resent.length, unsent, abandoned }
}

const expired =
  'UnsendableError: the job waited for a retry whose message got lost, and its outbox item has expired: ask for the job anew'

function isLost({ registry }: RetryingDeps, effect: Effect, item: Item, moment: Moment): boolean {
  const createdAt = String(item.createdAt)
  if (!effectOf({ createdAt }, effect)) return false
  const lane = String(item.lane)
  const resentAt = item.resentAt as string | undefined
  if (!isLostRetry(effect, { resentAt }, markOf(moment, lane))) return false
  const problem = sendProblem(registry, item as never)
  return problem === undefined || bucketOf(effect.pk, parts) === moment.part
}

const jobOf = (effect: Effect) => ({ pk: outboxKey(effect.pk).pk, id: effect.pk, effect, isLast: false })
