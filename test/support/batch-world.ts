/** A batch and what happens to it: the writes of consumers, callers, operators and the reconciler, in their order. */
import { z } from 'zod'
import { sealShards, sealWrite } from '../../shared/batch/seal.ts'
import { type MemberEnd, settle } from '../../shared/batch/settle.ts'
import { addToBatch, batch, batchCounts, callback } from '../../shared/define/batch.ts'
import { BatchRefusedError } from '../../shared/define/errors.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { completeWrite, dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite, reviveWrite, uncancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { Ids } from '../../shared/lib/id.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { batchItems } from '../../shared/lib/names.ts'
import type { Clock, Store } from '../../shared/lib/ports.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { bringBack } from '../../shared/recovery/bring-back.ts'
import { reconcileBatches } from '../../shared/recovery/reconcile-batches.ts'
import { lanes } from './app.ts'
import { memoryReader } from './memory-reader.ts'
import type { MemoryStore } from './memory-store.ts'

const member = defineJob({ type: 'member', schema: z.object({ n: z.int() }), run: () => undefined })
const after = defineJob({
  type: 'after',
  schema: z.object({ event: z.string(), batch: batchCounts }),
  run: () => undefined,
})
const registry = defineRegistry([member, after], lanes)

/** @param memory the tables as they are. @param store the tables as actors reach them */
export function batchWorld(memory: MemoryStore, store: Store, { clock, ids }: { clock: Clock; ids: Ids }) {
  const deps = { ...memoryReader(memory), store, clock, ids, registry, outboxLifetime: lifetimes.outbox }
  const jobs = (count: number) => Array.from({ length: count }, (_, n) => request(member, { n }))
  const commit = (batches: Parameters<typeof commitRequest>[2]['batches']) =>
    commitRequest(deps, { id: ids.fresh(), now: clock.now() }, { batches })
  const members = () => memory.items('outbox').flatMap(({ type, id }) => (type === 'member' ? [String(id)] : []))
  const effectOf = (job: string) => memory.peek('effects', { pk: job }) as Effect | undefined

  function envelopeOf(job: string): Envelope {
    const decoded = decodeItem(memory.peek('outbox', { pk: job, sk: job }) ?? {})
    if (decoded.kind !== 'envelope') throw new Error('no job')
    return decoded.envelope
  }

  /** Ends a claimed job. @returns whether its attempt still had it */
  async function endAttempt(job: string, owner: string, wanted: 'succeeded' | 'dead'): Promise<boolean> {
    const end = { jobId: job, owner, now: clock.now(), expiresAt: 0 }
    const died = { ...end, attempt: 1, error: 'no', failures: [] }
    return (await store.write(wanted === 'dead' ? dieWrite(died) : completeWrite(end))).kind === 'written'
  }

  return {
    members,
    effectOf,
    isEnded: (job: string) => ['succeeded', 'dead', 'cancelled'].includes(effectOf(job)?.state ?? ''),
    /** The one batch of the world. */
    batchId: () => {
      const keys = memory.items('effects').map(({ pk }) => String(pk))
      return keys.find((pk) => pk.startsWith(batchItems) && !/[#/]/.test(pk.slice(batchItems.length)))?.slice(6) ?? ''
    },
    create: () =>
      commit([
        batch({
          open: true,
          jobs: jobs(1),
          onFinished: callback(after, { event: 'finished' }),
          onSucceeded: callback(after, { event: 'succeeded' }),
        }),
      ]),
    add: (id: string, count: number) =>
      commit([addToBatch(id, jobs(count))]).catch((error: unknown) => {
        if (!(error instanceof BatchRefusedError)) throw error
      }),
    async seal(id: string) {
      await store.write(sealWrite(id, clock.now()))
      await sealShards(deps, id)
    },
    /** As a consumer runs a job. */
    async end(job: string, wanted: 'succeeded' | 'dead') {
      const envelope = envelopeOf(job)
      const { type, lane, createdAt } = envelope
      const owner = ids.fresh()
      const claim = { jobId: job, type, lane, createdAt, owner, now: clock.now(), leaseUntil: 0, maxAttempts: 9 }
      const claimed = await claimJob(store, { ...claim, onCrash: 'retry', expiresAt: 0 }, 0)
      const ends: Readonly<Record<string, MemberEnd>> = {
        'already-dead': 'dead',
        succeeded: 'succeeded',
        cancelled: 'cancelled',
      }
      if (claimed.kind !== 'claimed') {
        const end = ends[claimed.kind]
        if (end) await settle(deps, envelope, end)
      } else if (await endAttempt(job, owner, wanted)) await settle(deps, envelope, wanted)
    },
    async cancel(job: string) {
      const { type, lane, createdAt } = envelopeOf(job)
      const result = await store.write(cancelWrite({ pk: job, type, lane, createdAt, expiresAt: 0 }, clock.now()))
      const isCancelled = result.kind === 'written' || result.met?.state === 'cancelled'
      if (isCancelled) await settle(deps, envelopeOf(job), 'cancelled')
    },
    /** As an operator redrives a dead job, or replays a cancelled one. */
    async bring(job: string) {
      const effect = effectOf(job)
      const token = ids.fresh()
      if (effect?.state === 'dead')
        await bringBack(deps, envelopeOf(job), reviveWrite(effect, 9, clock.now(), token), token)
      if (effect?.state === 'cancelled')
        await bringBack(deps, envelopeOf(job), uncancelWrite(job, 9, clock.now(), token), token)
    },
    reconcile: () => reconcileBatches(deps, Number.POSITIVE_INFINITY),
  }
}
