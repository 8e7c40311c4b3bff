/**
 * A batch whose members end, die, are brought back and cancelled at once, filled and sealed by others at the same time, in
 * processes that may die before or after any call of the tables. Whatever happens, each callback is caused exactly once, after
 * the last member has ended, with the right counts.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchPartitions } from '../../shared/batch/index-keys.ts'
import type { BatchItem } from '../../shared/batch/items.ts'
import { readBatch } from '../../shared/batch/read.ts'
import { batchWorld } from '../support/batch-world.ts'
import { interleaving } from '../support/interleaving.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { seeded, simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const hour = 3_600_000

interface Plan {
  readonly seed: number
  /** Numbers of jobs that requests add to the batch. */
  readonly requests: readonly number[]
  /** Actors at work at the same time. */
  readonly width: number
  /** Chance of a death at a call of the tables. */
  readonly deaths: number
}

/** A callback as it was caused, and what was true at that moment. */
interface Caused {
  readonly event: string
  readonly batch: object
  readonly open: readonly string[]
  readonly actual: object
}

/** Plays one history. */
async function play({ seed, requests, width, deaths }: Plan) {
  const random = seeded(seed)
  const clock = simClock(random)
  const caused: Caused[] = []
  const memory: MemoryStore = memoryStore(clock, (table, before, item) => {
    if (table === 'outbox' && !before && item?.type === 'after') caused.push(asCaused(String(item.payload)))
  })
  const actors = interleaving(memory, random, deaths)
  const world = batchWorld(memory, actors.store, { clock, ids: simIds() })
  const { members, effectOf, isEnded } = world

  function asCaused(payload: string): Caused {
    const states = members().map((job) => effectOf(job)?.state)
    const count = (state: string) => states.filter((one) => one === state).length
    const [succeeded, dead, cancelled] = [count('succeeded'), count('dead'), count('cancelled')]
    const actual = { id: world.batchId(), total: states.length, succeeded, dead, cancelled }
    return { ...JSON.parse(payload), open: members().filter((job) => !isEnded(job)), actual }
  }

  while (world.batchId() === '') {
    actors.act(world.create)
    await actors.rest()
  }
  const id = world.batchId()
  const todo = [...requests]
  for (let step = 0; step < 60 || todo.length > 0; step++) {
    await actors.until(() => actors.atWork < width)
    actors.act(nextAct(members()[Math.floor(random() * members().length)] ?? ''))
    clock.advance(Math.floor(random() * 60_000))
  }
  await actors.rest()
  actors.calm()

  // What is left ends, and the reconciler has its hour; then all that failed is brought back.
  const batch = await readBatch({ store: memory }, id)
  if (batch?.sealedAt === undefined) actors.act(() => world.seal(id))
  await endAll()
  const failed = members().filter((job) => effectOf(job)?.state !== 'succeeded')
  const before = caused.map(({ event }) => event)
  for (const job of failed) actors.act(() => world.bring(job))
  await actors.rest()
  await endAll()
  return { caused, failed, before, batch: (await readBatch({ store: memory }, id)) as BatchItem }

  /** Something that happens to the batch, or to a job of it. */
  function nextAct(job: string): () => Promise<unknown> {
    const shares: readonly (readonly [number, () => Promise<unknown>])[] = [
      todo.length > 0 ? [25, () => world.add(id, todo.shift() ?? 1)] : [5, () => world.seal(id)],
      [40, () => world.end(job, 'succeeded')],
      [12, () => world.end(job, 'dead')],
      [6, () => world.cancel(job)],
      [9, () => world.bring(job)],
      [3, world.reconcile],
    ]
    const drawn = shares.flatMap(([share, act]) => Array.from({ length: share }, () => act))
    return drawn[Math.floor(random() * drawn.length)] ?? world.reconcile
  }

  async function endAll() {
    for (const job of members()) if (!isEnded(job)) actors.act(() => world.end(job, 'succeeded'))
    await actors.rest()
    clock.advance(2 * hour)
    actors.act(world.reconcile)
    await actors.rest()
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
        const { caused, failed, before, batch } = await play(plan)
        expect(before).toEqual(failed.length === 0 ? ['finished', 'succeeded'] : ['finished'])
        expect(caused.map(({ event }) => event)).toEqual(['finished', 'succeeded'])
        for (const { batch: counts, open, actual } of caused) {
          expect(open).toEqual([])
          expect(counts).toEqual(actual)
        }
        expect(batchPartitions(['succeeded'])).toContain(batch.batches)
      }),
      { numRuns: Number(process.env.RUNS ?? 150), seed: Number(process.env.MODEL_SEED ?? 20_261_128) },
    )
  })
})
