/** What cannot be sent ends as dead before its outbox item expires: listed, with its reason, and it can be replayed. */
import { beforeEach, describe, expect, it } from 'vitest'
import { defineJob } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite, failWrite } from '../../shared/execution/effect/end-writes.ts'
import { appWith, lanes, payload } from '../support/app.ts'
import { day, hour, type Reconciling, reconciling } from '../support/reconciling.ts'

const app = appWith()
const [standard, ordered] = lanes as [(typeof lanes)[0], (typeof lanes)[0]]
const withoutDefault = defineRegistry([], [ordered])
const nowOrdered = defineRegistry([], [{ ...standard, kind: 'ordered' }, ordered])
const tooSlow = defineRegistry(
  [defineJob({ type: 'work', lane: 'slow', schema: payload, timeLimitSeconds: 100, run: () => undefined })],
  [standard, ordered, { ...standard, name: 'slow', timeoutSeconds: 120 }],
)

let world: Reconciling
beforeEach(() => {
  world = reconciling()
})

describe('a job that cannot be sent', () => {
  it.each([
    ['a lane that was removed', withoutDefault, {}, /no lane "default"/],
    ['an ordered lane, and no group', nowOrdered, {}, /"default" is ordered, and the job has no group/],
    ['an item that cannot be read', app, { v: 99 }, /not an envelope of version 1/],
    ['no payload', app, { payload: 7 }, /no payload text/],
    ['no TTL', app, { expiresAt: undefined }, /expiresAt/],
    ['a TTL in milliseconds', app, { expiresAt: 1_767_225_600_000 }, /not in milliseconds/],
    ['a time with an offset', app, { createdAt: '2026-01-01T00:00:00.000+00:00' }, /createdAt/],
  ])(
    '%s: it is dead with the reason before its item expires, and the item is kept',
    async (_, registry, change, reason) => {
      world.registry = registry
      const id = await world.written(change)
      await world.hours(27 * 24)
      expect(world.effect(id)).toBeUndefined()
      expect(world.told).toContain(`unsent ${id}`)
      await world.hours(3 * 24 + 1)
      expect(world.effect(id)).toMatchObject({ state: 'dead', deaths: 1, lastError: expect.stringMatching(reason) })
      expect(world.effect(id)?.failing).toMatch(/^dead#/)
      expect(world.told).toContain(`abandoned ${id}`)
      await world.hours(20 * 24)
      expect([world.sent, world.store.items('outbox')]).toEqual([[], [expect.objectContaining({ id })]])
    },
  )

  it('is dead too when its time limit no longer fits and no consumer ended it', async () => {
    const id = await world.written()
    world.registry = tooSlow
    await world.hours(30 * 24)
    expect(world.sent.length).toBeGreaterThan(0)
    expect(world.effect(id)).toMatchObject({ state: 'dead', lastError: expect.stringMatching(/does not fit/) })
  })

  it('is reported once a day, and does not make all parts be read', async () => {
    await world.hours(24)
    world.registry = withoutDefault
    const id = await world.written()
    const results = await world.hours(10 * 24)
    expect(world.told).toEqual(Array(10).fill(`unsent ${id}`))
    expect(world.scanned).toBe(10)
    expect(results.every(({ next }) => next.length === 0)).toBe(true)
  })

  it('is sent within a day once its lane is back', async () => {
    world.registry = withoutDefault
    const id = await world.written()
    await world.hours(10 * 24)
    world.registry = app
    await world.hours(24)
    expect(world.sent).toEqual([id])
  })

  it('is dead when it waited for a retry, also with the failures of its attempts', async () => {
    const id = await world.written()
    await world.claim(id)
    await world.store.write(failWrite(world.end(id)))
    world.registry = withoutDefault
    await world.hours(30 * 24)
    expect(world.effect(id)).toMatchObject({ state: 'dead', attempts: 1, deaths: 1 })
    expect(world.effect(id)?.failures?.map(({ error }) => error.split(':')[0])).toEqual(['Error', 'UnsendableError'])
  })

  it('stays as it is when it succeeded', async () => {
    const id = await world.written()
    await world.claim(id)
    await world.store.write(completeWrite(world.end(id)))
    world.registry = withoutDefault
    await world.hours(30 * 24)
    expect(world.effect(id)).toMatchObject({ state: 'succeeded' })
    expect(world.told).toEqual([])
  })

  it('is dead in its own life, though an earlier job with its id succeeded', async () => {
    world.registry = withoutDefault
    const id = await world.written()
    const item = { pk: id, state: 'succeeded', createdAt: '2025-11-01T00:00:00.000Z', attempts: 7, deaths: 0 }
    await world.store.write({ op: 'put', table: 'effects', item })
    await world.hours(30 * 24)
    expect(world.effect(id)).toMatchObject({ state: 'dead', attempts: 0, deaths: 1 })
  })

  it('is not ended while an attempt holds it', async () => {
    const id = await world.written()
    world.clock.advance(27.9 * day)
    const now = world.clock.now()
    const claim = { jobId: id, type: 'work', lane: 'default', owner: 'o', now, leaseUntil: now.getTime() + 3 * day }
    await world.store.write(claimWrite({ ...claim, maxAttempts: 1, onCrash: 'retry', expiresAt: 9 }))
    world.registry = withoutDefault
    await world.hours(2 * 24)
    expect(world.effect(id)).toMatchObject({ state: 'running' })
    expect(world.store.items('outbox')).toHaveLength(1)
  })
})

describe('a job that waits for a retry', () => {
  it('is dead when it has no message and its item has expired: it could never run', async () => {
    const id = await world.written()
    await world.claim(id)
    await world.store.write(failWrite(world.end(id)))
    await world.store.write({ op: 'delete', table: 'outbox', key: { pk: id, sk: id } })
    await world.hours(3)
    expect(world.effect(id)).toMatchObject({ state: 'dead', lastError: expect.stringMatching(/item has expired/) })
  })

  it('lives on when a late message starts its next attempt while the reconciler reads', async () => {
    const id = await world.written()
    await world.claim(id)
    await world.store.write(failWrite(world.end(id)))
    await world.store.write({ op: 'delete', table: 'outbox', key: { pk: id, sk: id } })
    const { write } = world.store
    // The message comes just before the reconciler's write, and its attempt fails: the job waits again, and has a message.
    const late: typeof write = async (given) => {
      world.store.write = write
      await world.claim(id)
      await write(failWrite(world.end(id)))
      return write(given)
    }
    world.clock.advance(2 * hour)
    world.store.write = late
    await world.hours(1)
    expect(world.effect(id)).toMatchObject({ state: 'retrying', attempts: 2, deaths: 0 })
    expect(world.told).toEqual([])
  })
})

describe('a job that died', () => {
  it('can be replayed for four weeks after its death, however old it was', async () => {
    const id = await world.written()
    world.clock.advance(20 * day)
    const finishedAt = world.clock.now().toISOString()
    const item = {
      pk: id,
      state: 'dead',
      type: 'work',
      lane: 'default',
      attempts: 2,
      deaths: 1,
      finishedAt,
      expiresAt: 9,
    }
    await world.store.write({ op: 'put', table: 'effects', item })
    await world.hours(28 * 24)
    expect(world.store.items('outbox')).toHaveLength(1)
    await world.hours(20 * 24)
    expect(world.store.items('outbox')).toHaveLength(0)
    expect(world.told).toEqual([])
  })
})
