/**
 * A batch whose members end, die, are brought back and cancelled at once, filled and sealed by others at the same time, in
 * processes that may die before or after any call of the tables. Whatever happens, each callback is caused exactly once, after
 * the last member has ended, with the right counts.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { batchPartitions } from '../../shared/batch/index-keys.ts'
import { type BatchItem, batchKey } from '../../shared/batch/items.ts'
import { readBatch } from '../../shared/batch/read.ts'
import { sealShards, sealWrite } from '../../shared/batch/seal.ts'
import { type MemberEnd, settle } from '../../shared/batch/settle.ts'
import { addToBatch, batch, batchCounts, callback } from '../../shared/define/batch.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { completeWrite, dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite, reviveWrite, uncancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Store } from '../../shared/lib/ports.ts'
import type { Item } from '../../shared/lib/write.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { decodeItem, type Envelope } from '../../shared/outbox/envelope.ts'
import { bringBack } from '../../shared/recovery/bring-back.ts'
import { reconcileBatches } from '../../shared/recovery/reconcile-batches.ts'
import { lanes } from '../support/app.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { memoryStore } from '../support/memory-store.ts'
import { seeded, simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const member = defineJob({ type: 'member', schema: z.object({ n: z.int() }), run: () => undefined })
const after = defineJob({ type: 'after', schema: z.object({ batch: batchCounts }), run: () => undefined })
const registry = defineRegistry([member, after], lanes)
const hour = 3_600_000

/** The process died: what it called may have happened, or not. */
class Death extends Error {}

interface Plan {
  readonly seed: number
  /** Jobs of each request that adds to the batch. */
  readonly requests: readonly number[]
  /** Actors at work at the same time. */
  readonly width: number
  /** Chance of a death at a call of the tables. */
  readonly deaths: number
}

/** Plays one history. @returns what became of the batch */
async function play({ seed, requests, width, deaths }: Plan) {
  const random = seeded(seed)
  const clock = simClock(random)
  const history: string[] = []
  const ids = simIds()
  let isCalm = false
  let id = ''
  const causes: {
    readonly event: string
    readonly payload: Item
    readonly open: readonly string[]
    readonly counts: object
  }[] = []
  const store = memoryStore(clock, (table, before, item) => {
    if (table !== 'outbox' || before || item?.type !== 'after') return
    const { event } = JSON.parse(String(item.payload)) as { event: string }
    const open = members().filter((id) => !hasEnded(id))
    const inState = (state: string) => members().filter((job) => effectOf(job)?.state === state).length
    const [succeeded, dead, cancelled] = [inState('succeeded'), inState('dead'), inState('cancelled')]
    const counts = { id, total: members().length, succeeded, dead, cancelled }
    causes.push({ event, payload: JSON.parse(String(item.payload)), open, counts })
  })
  const members = () =>
    store
      .items('outbox')
      .filter(({ type }) => type === 'member')
      .map(({ id }) => String(id))
  const effectOf = (id: string) => store.peek('effects', { pk: id }) as Effect | undefined
  const hasEnded = (id: string) => ['succeeded', 'dead', 'cancelled'].includes(effectOf(id)?.state ?? '')

  /** Actors take turns at every call; the one whose turn it is may die before it, or after. */
  const waiting: (() => void)[] = []
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve))
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    await turn()
    if (!isCalm && random() < deaths) throw new Death()
    const result = await work()
    if (!isCalm && random() < deaths) throw new Death()
    return result
  }
  const through: Store = {
    get: (table, key) => call(() => store.get(table, key)),
    write: (write) => call(() => store.write(write)),
    transact: (writes, token) => call(() => store.transact(writes, token)),
  }
  const reader = memoryReader(store)
  const deps = { ...reader, store: through, clock, ids, registry, outboxLifetime: lifetimes.outbox }

  const actors: Promise<unknown>[] = []
  let atWork = 0
  const act = (name: string, work: () => Promise<unknown>) => {
    atWork++
    history.push(name)
    const over = work()
      .catch((error: unknown) => {
        if (!(error instanceof Death)) throw error
      })
      .finally(() => atWork--)
    actors.push(over)
  }
  async function until(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = waiting.splice(Math.floor(random() * waiting.length), 1)[0]
      next?.()
    }
    await Promise.resolve()
  }

  // The batch itself is created in peace; everything after it is not.
  isCalm = true
  const created = commitRequest(
    deps,
    { id: ids.fresh(), now: clock.now() },
    {
      batches: [
        batch({
          open: true,
          jobs: [request(member, { n: 0 })],
          onFinished: callback(after, { event: 'finished' } as never),
          onSucceeded: callback(after, { event: 'succeeded' } as never),
        }),
      ],
    },
  )
  let isCreated = false
  void created.then(() => {
    isCreated = true
  })
  await until(() => isCreated)
  isCalm = false
  id = String(store.items('effects').find(({ pk }) => /^batch#[^#/]+$/.test(String(pk)))?.pk).slice(6)

  const add = (count: number) =>
    commitRequest(
      deps,
      { id: ids.fresh(), now: clock.now() },
      {
        batches: [
          addToBatch(
            id,
            Array.from({ length: count }, (_, n) => request(member, { n })),
          ),
        ],
      },
    ).catch((error: Error) => {
      // Sealed meanwhile.
      if (!('reason' in error)) throw error
    })
  const seal = async () => {
    await through.write(sealWrite(id, clock.now()))
    await sealShards(deps, id)
  }
  const envelopeOf = (job: string): Envelope => {
    const decoded = decodeItem(store.items('outbox').find((item) => item.id === job) ?? {})
    if (decoded.kind !== 'envelope') throw new Error('no job')
    return decoded.envelope
  }
  /** As the consumer does it, in the order of its writes. */
  const end = async (job: string, wanted: MemberEnd) => {
    const envelope = envelopeOf(job)
    const now = clock.now()
    const { type, lane, createdAt } = envelope
    const claim = { jobId: job, type, lane, createdAt, owner: ids.fresh(), now, leaseUntil: now.getTime() }
    const claimed = await claimJob(through, { ...claim, maxAttempts: 9, onCrash: 'retry', expiresAt: 0 }, 0)
    if (claimed.kind === 'claimed') {
      const { owner } = claim
      const write =
        wanted === 'dead'
          ? dieWrite({ jobId: job, owner, now, expiresAt: 0, attempt: 1, error: 'no', failures: [] })
          : completeWrite({ jobId: job, owner, now, expiresAt: 0 })
      const done = await through.write(write)
      if (done.kind === 'written') await settle(deps, envelope, wanted === 'dead' ? 'dead' : 'succeeded')
    } else if (claimed.kind === 'already-dead') await settle(deps, envelope, 'dead')
    else if (claimed.kind === 'succeeded' || claimed.kind === 'cancelled') await settle(deps, envelope, claimed.kind)
  }
  const cancel = async (job: string) => {
    const { type, lane, createdAt } = envelopeOf(job)
    const result = await through.write(cancelWrite({ pk: job, type, lane, createdAt, expiresAt: 0 }, clock.now()))
    const met = result.kind === 'refused' ? (result.met as unknown as Effect) : undefined
    if (!met || met.state === 'cancelled') await settle(deps, envelopeOf(job), 'cancelled')
  }
  const bring = async (job: string) => {
    const effect = effectOf(job)
    const token = ids.fresh()
    if (effect?.state === 'dead')
      await bringBack(deps, envelopeOf(job), reviveWrite(effect, 9, clock.now(), token), token)
    if (effect?.state === 'cancelled')
      await bringBack(deps, envelopeOf(job), uncancelWrite(job, 9, clock.now(), token), token)
  }

  // Requests, ends, operators: as many at a time as there is room for.
  const todo = requests.map((count) => () => act(`add ${count}`, () => add(count)))
  let isSealed = false
  for (let step = 0; step < 60 || todo.length > 0; step++) {
    await until(() => atWork < width)
    const jobs = members()
    const job = jobs[Math.floor(random() * jobs.length)] ?? ''
    const choice = random()
    if (choice < 0.25 && todo.length > 0) todo.shift()?.()
    else if (choice < 0.3 && (todo.length === 0 || isSealed)) {
      isSealed = true
      act('seal', seal)
    } else if (choice < 0.7) act(`succeed ${job}`, () => end(job, 'succeeded'))
    else if (choice < 0.82) act(`die ${job}`, () => end(job, 'dead'))
    else if (choice < 0.88) act(`cancel ${job}`, () => cancel(job))
    else if (choice < 0.97) act(`bring back ${job}`, () => bring(job))
    else act('reconcile', () => reconcileBatches(deps, Number.POSITIVE_INFINITY))
    clock.advance(Math.floor(random() * 60_000))
  }
  await until(() => atWork === 0)

  // Calm: everything ends, and the reconciler has its hours.
  isCalm = true
  clock.advance(2 * hour)
  const { sealedAt } = (await readBatch({ store }, id)) as BatchItem
  if (sealedAt === undefined) act('seal', seal)
  for (const job of members()) if (!hasEnded(job)) act(`succeed ${job}`, () => end(job, 'succeeded'))
  await until(() => atWork === 0)
  const finish = async () => {
    clock.advance(hour)
    act('reconcile', () => reconcileBatches(deps, Number.POSITIVE_INFINITY))
    await until(() => atWork === 0)
  }
  await finish()
  const finished = causes.filter(({ event }) => event === 'finished')
  const failed = members().filter((job) => effectOf(job)?.state !== 'succeeded')
  const succeededBefore = causes.filter(({ event }) => event === 'succeeded').length
  for (const job of failed) act(`bring back ${job}`, () => bring(job))
  await until(() => atWork === 0)
  for (const job of failed) act(`succeed ${job}`, () => end(job, 'succeeded'))
  await until(() => atWork === 0)
  await finish()
  await Promise.all(actors)
  return {
    causes,
    finished,
    failed,
    succeededBefore,
    total: members().length,
    batch: (await readBatch({ store }, id)) as BatchItem,
    history,
  }
}

const plans = fc.record({
  seed: fc.integer(),
  requests: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }),
  width: fc.integer({ min: 1, max: 6 }),
  deaths: fc.constantFrom(0, 0.02, 0.1, 0.25),
})

describe('a batch under deaths and races', () => {
  it('causes each callback once, after its last member, with the right counts', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { causes, finished, failed, succeededBefore, total, batch: found } = await play(plan)
        expect(finished).toHaveLength(1)
        expect(finished[0]?.open).toEqual([])
        expect(causes.filter(({ event }) => event === 'succeeded')).toHaveLength(1)
        expect(succeededBefore).toBe(failed.length === 0 ? 1 : 0)
        for (const { event, payload, open, counts: actual } of causes) {
          const counts = batchCounts.parse(payload.batch)
          expect(counts).toEqual(actual)
          expect(counts.total).toBe(total)
          expect(open).toEqual([])
          if (event === 'succeeded') expect(counts.succeeded).toBe(total)
        }
        expect(batchPartitions(['succeeded'])).toContain(found.batches)
        expect(batchKey(found.pk.slice(6)).pk).toBe(found.pk)
      }),
      { numRuns: Number(process.env.RUNS ?? 150), seed: Number(process.env.MODEL_SEED ?? 20_261_128) },
    )
  })
})
