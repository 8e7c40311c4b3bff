/** The limiter of an invocation: jobs that ask for a slot of one limit at the same time get theirs in one write. */
import { paceOf } from '../../define/rate-limit.ts'
import type { Clock, Store } from '../../lib/ports.ts'
import { type LimitOfJob, limitKey } from './limit-of-job.ts'
import { type Limit, type Slot, takeSlots } from './slots.ts'

export interface SlotRequest {
  readonly jobId: string
  readonly of: LimitOfJob
  readonly hasWaited: boolean
  /** How far ahead the start may be, in ms. */
  readonly ahead: number
}

export interface Limiter {
  /** Takes a slot. Throws when the table does not answer; then there is none. */
  take(request: SlotRequest): Promise<Slot>
}

interface Waiting {
  readonly request: SlotRequest
  readonly got: PromiseWithResolvers<Slot>
}

/** Limits that a process remembers: a limit with keys may have any number of items. Of another, the first write is refused. */
const mostSeen = 1_000

export function createLimiter({
  store,
  clock,
}: {
  readonly store: Pick<Store, 'write'>
  readonly clock: Clock
}): Limiter {
  const seen = new Map<string, Limit>()
  let waiting: Waiting[] = []

  async function takeTogether(pk: string, together: readonly Waiting[]): Promise<void> {
    const [first] = together as [Waiting]
    const wanted = {
      pk,
      pace: paceOf(first.request.of.limit),
      jobs: together.length,
      hasWaited: first.request.hasWaited,
      ahead: Math.min(...together.map(({ request }) => request.ahead)),
    }
    try {
      const taken = await takeSlots(store, wanted, clock.now().getTime(), seen.get(pk))
      seen.delete(pk)
      seen.set(pk, taken.seen)
      const [oldest] = seen.keys()
      if (seen.size > mostSeen && oldest !== undefined) seen.delete(oldest)
      for (const [n, { got }] of together.entries()) got.resolve(taken.slots[n] as Slot)
    } catch (error) {
      for (const { got } of together) got.reject(error)
    }
  }

  /** Those that have waited first: the others queue up behind them. */
  async function takeAll(all: readonly Waiting[]): Promise<void> {
    const parts = Map.groupBy(all, ({ request }) => limitKey(request.of, request.jobId))
    await Promise.all(
      [...parts].map(async ([pk, part]) => {
        for (const hasWaited of [true, false]) {
          const together = part.filter(({ request }) => request.hasWaited === hasWaited)
          if (together.length > 0) await takeTogether(pk, together)
        }
      }),
    )
  }

  return {
    take(request) {
      const got = Promise.withResolvers<Slot>()
      waiting.push({ request, got })
      if (waiting.length === 1)
        queueMicrotask(() => {
          const all = waiting
          waiting = []
          void takeAll(all)
        })
      return got.promise
    },
  }
}
