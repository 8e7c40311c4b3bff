/** A reconciler on tables in memory, whose runs are started as Lambda starts them, on lanes that wait as a test says. */

import { request } from '../../shared/define/job.ts'
import type { Registry } from '../../shared/define/registry.ts'
import { type ClaimResult, claimJob } from '../../shared/execution/claim.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { jobId } from '../../shared/lib/id.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { LaneSender } from '../../shared/lib/ports.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { fullRun, hourlyRun, type ReconcileDeps, type Run, reconcile } from '../../shared/recovery/reconcile.ts'
import type { QueueWait } from '../../shared/recovery/reconcile-marks.ts'
import { writtenOf } from '../../shared/recovery/written.ts'
import { appWith, jobType } from './app.ts'
import { memoryReader } from './memory-reader.ts'
import { type MemoryStore, memoryStore } from './memory-store.ts'
import { simIds } from './random.ts'
import { segmentOf } from './segments.ts'
import { simClock } from './sim-clock.ts'

export const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

export type Reconciling = ReturnType<typeof reconciling>

export function reconciling() {
  const clock = simClock()
  const store: MemoryStore = memoryStore(clock)
  const ids = simIds()
  const app = appWith()
  /** Jobs that were sent, in order. */
  const sent: string[] = []
  /** What the reconciler told, as `kind id`. */
  const told: string[] = []
  const takesAll: LaneSender = {
    async send(_, messages) {
      sent.push(...messages.map(({ body }) => JSON.parse(body).id))
      return messages.map(() => ({ kind: 'sent' }))
    },
  }
  const world = {
    clock,
    store,
    sent,
    told,
    takesAll,
    /** May be replaced: what SQS does, the application after a deploy, how the lanes wait. */
    sender: takesAll,
    registry: app as Registry,
    waits: new Map<string, QueueWait>([
      ['default', { kind: 'empty' }],
      ['ordered', { kind: 'empty' }],
    ]),
    /** Items read, and pages of scans. */
    scanned: 0,
    effectsAsked: 0,
    /** How long it takes to read a page, in ms. */
    pageTakes: 0,
    itemsInPage: 1_000,

    /** Writes a job that no relay has seen. */
    async written(change: object = {}, type = 'work', group?: string): Promise<string> {
      const job = {
        ...request(jobType(app, type), group === undefined ? { label: 'x' } : { label: 'x', group }),
        id: jobId(ids.fresh(), group),
      }
      const write = outboxWrite(job, { now: clock.now(), hops: 0, outboxLifetime: lifetimes.outbox }, app)
      if (write.op === 'put') await store.write({ ...write, item: { ...write.item, ...change } })
      return job.id
    },
    effect: (id: string) => store.peek('effects', { pk: id }) as Effect | undefined,
    async claim(id: string): Promise<ClaimResult> {
      const now = clock.now()
      const claim = { ...end(id), type: 'work', lane: 'default', leaseUntil: now.getTime() + 16_000, maxAttempts: 2 }
      return claimJob(store, { ...claim, onCrash: 'retry' }, 0)
    },
    end,
    /** One run, and what it leaves to the next. */
    async run(run: Run) {
      const result = await reconcile(deps(), run, clock.now().getTime() + 890_000)
      world.scanned += result.scanned
      return result
    },
    /** A run and all that follow from it. */
    async runs(first: Run) {
      const results = [await world.run(first)]
      for (let next = results.flatMap((result) => result.next); next.length > 0; ) {
        const more = []
        for (const run of next) more.push(await world.run(JSON.parse(JSON.stringify(run))))
        results.push(...more)
        next = more.flatMap((result) => result.next)
      }
      return results
    },
    /** Lets hours pass, each with the Scheduler's run; what has expired is deleted. */
    async hours(count: number) {
      const results = []
      for (let n = 0; n < count; n++) {
        clock.advance(hour)
        for (const { pk, sk, expiresAt } of store.items('outbox'))
          if (Number(expiresAt) * 1_000 < clock.now().getTime())
            await store.write({ op: 'delete', table: 'outbox', key: { pk, sk } })
        results.push(...(await world.runs(hourlyRun(clock.now()))))
      }
      return results
    },
    everything: () => world.runs(fullRun),
  }

  function end(jobId: string) {
    return { jobId, owner: 'o', now: clock.now(), expiresAt: 0, attempt: 1, error: 'Error: no', failures: [] }
  }
  function deps(): ReconcileDeps {
    const reader = memoryReader(store)
    return {
      ...reader,
      ...{ store, clock, ids, registry: world.registry, sender: world.sender },
      waits: async () => new Map([...world.waits].filter(([lane]) => world.registry.lanes.has(lane))),
      effects: async (asked) => {
        world.effectsAsked += asked.length
        return reader.effects(asked)
      },
      scan: async function* (segment, of, from) {
        const all = store.items('outbox').filter(({ pk }) => segmentOf(String(pk), of) === segment)
        for (let at = Number(from?.at ?? 0); ; at += world.itemsInPage) {
          clock.advance(world.pageTakes)
          const next = at + world.itemsInPage < all.length ? { at: at + world.itemsInPage } : undefined
          yield { items: all.slice(at, at + world.itemsInPage).map(writtenOf), next }
          if (!next) return
        }
      },
      observe: ({ kind, job }) => told.push(`${kind} ${job.id}`),
    }
  }
  return world
}
