import { beforeEach, describe, expect, it } from 'vitest'
import { completeWrite, failWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite, reviveWrite, uncancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { LaneSender } from '../../shared/lib/ports.ts'
import { hourlyRun } from '../../shared/recovery/reconcile.ts'
import { day, hour, minute, type Reconciling, reconciling } from '../support/reconciling.ts'
import { partOf, parts } from '../support/segments.ts'

let world: Reconciling
beforeEach(() => {
  world = reconciling()
})

const refusesAll: LaneSender = {
  async send() {
    throw new Error('AccessDenied')
  },
}
const cancel = (id: string) =>
  world.store.write(cancelWrite({ pk: id, type: 'work', lane: 'default', expiresAt: 0 }, world.clock.now()))
const uncancel = (id: string) => world.store.write(uncancelWrite(id, 2, world.clock.now(), 'replay'))
const fail = (id: string) => world.store.write(failWrite(world.end(id)))

describe('a job that never reached its lane', () => {
  it('is sent again within a day, and once', async () => {
    const id = await world.written()
    await world.hours(24)
    expect([world.sent, world.told]).toEqual([[id], [`unrelayed ${id}`]])
  })

  it('is left alone for half an hour after its time to run', async () => {
    const id = await world.written()
    world.clock.advance(29 * minute)
    await world.everything()
    expect(world.sent).toEqual([])
    world.clock.advance(2 * minute)
    await world.everything()
    expect(world.sent).toEqual([id])
  })

  it('is found by the next pass when the passes of some days failed', async () => {
    const id = await world.written()
    world.clock.advance(9 * day)
    await world.hours(24)
    expect(world.sent).toEqual([id])
  })

  it('is tried again each hour while SQS does not take it', async () => {
    const id = await world.written()
    world.sender = refusesAll
    await world.hours(24)
    const refused = await world.hours(24)
    expect(refused.map(({ unsent }) => unsent)).toEqual(Array(24).fill(1))
    world.sender = world.takesAll
    await world.hours(1)
    expect(world.sent).toEqual([id])
  })

  it.each([1, 3])('is found within hours when the runs of its hour and those after it failed: %i', async (failed) => {
    await world.hours(24)
    const id = await world.written()
    await world.hours((partOf(id) - world.clock.now().getUTCHours() + 23) % 24)
    world.clock.advance(failed * hour)
    await world.hours(failed)
    expect(world.sent).toEqual([id])
  })

  it('is sent once more when the second message gets lost as well', async () => {
    const id = await world.written()
    await world.hours(48)
    expect(world.sent).toEqual([id, id])
  })

  it('is no longer in the index of what waits, so that the sweeper does not take it too', async () => {
    await world.written({ due: 'due#0' })
    world.clock.advance(hour)
    await world.everything()
    expect(world.store.items('outbox')).toMatchObject([{ resentAt: world.clock.now().toISOString() }])
    expect(world.store.items('outbox')[0]).not.toHaveProperty('due')
  })

  it('is found although an earlier job had its id, and succeeded', async () => {
    const id = await world.written()
    await world.store.write({
      op: 'put',
      table: 'effects',
      item: { pk: id, state: 'succeeded', type: 'work', lane: 'default', createdAt: '2025-11-01T00:00:00.000Z' },
    })
    await world.hours(24)
    expect(world.sent).toEqual([id])
  })

  it('does not wait for a lane that does not take its jobs', async () => {
    const [refused, healthy] = [await world.written({}, 'step', 'g'), await world.written()]
    world.sender = {
      async send(lane, messages) {
        if (lane === 'ordered') throw new Error('AccessDenied')
        return world.takesAll.send(lane, messages)
      },
    }
    world.clock.advance(hour)
    expect(await world.everything()).toMatchObject([{ resent: 1, unsent: 1, complete: true }])
    expect(world.sent).toEqual([healthy])
    expect(world.told.sort()).toEqual([`unrelayed ${healthy}`, `unsent ${refused}`].sort())
  })
})

describe('a job that has an effect', () => {
  it('is left alone when it has ended', async () => {
    const [done, cancelled] = [await world.written(), await world.written()]
    await world.claim(done)
    await world.store.write(completeWrite(world.end(done)))
    await cancel(cancelled)
    await world.hours(30 * 24)
    expect(world.sent).toEqual([])
  })

  it('is sent again within two hours when it waits for a retry and has no message', async () => {
    const id = await world.written()
    await world.claim(id)
    await fail(id)
    await world.hours(2)
    expect(world.sent).toEqual([id])
  })

  it('is left alone until the time of its retry', async () => {
    const id = await world.written()
    await world.claim(id)
    await fail(id)
    const until = world.clock.now().getTime() + 11 * hour
    const write = { text: 'SET notBefore = :until', values: { ':until': until } }
    await world.store.write({ op: 'update', table: 'effects', key: { pk: id }, update: write })
    await world.hours(11)
    expect(world.sent).toEqual([])
    await world.hours(1)
    expect(world.sent).toEqual([id])
  })

  it('is sent again when its process died and its message got lost, on the eighth day at the latest', async () => {
    const id = await world.written()
    await world.claim(id)
    await world.hours(7 * 24)
    expect(world.sent).toEqual([])
    await world.hours(24)
    expect(world.sent).toEqual([id])
  })

  it.each([10, 29.2])('is found within hours when it was replayed on day %d and its send got lost', async (age) => {
    const id = await world.written()
    await cancel(id)
    world.clock.advance(age * day)
    await uncancel(id)
    await world.hours(2)
    expect(world.sent).toEqual([id])
  })

  it('is found within hours when it was redriven and its message got lost', async () => {
    const id = await world.written()
    const dead = {
      pk: id,
      state: 'dead',
      type: 'work',
      lane: 'default',
      attempts: 2,
      budget: 2,
      deaths: 1,
      expiresAt: 9,
    }
    await world.store.write({ op: 'put', table: 'effects', item: dead })
    world.clock.advance(20 * day)
    await world.store.write(reviveWrite(dead as never, 2, world.clock.now(), 'redrive'))
    await world.hours(2)
    expect(world.sent).toEqual([id])
  })
})

describe('the passes of the reconciler', () => {
  it('read every item once a day', async () => {
    await world.hours(24)
    for (let n = 0; n < 200; n++) {
      const id = await world.written()
      await world.claim(id)
      await world.store.write(completeWrite(world.end(id)))
    }
    await world.hours(24)
    expect(world.scanned).toBe(200)
    expect(new Set(Array.from({ length: 24 }, (_, n) => hourlyRun(new Date(n * hour)).parts[0])).size).toBe(parts)
  })

  it('ask for the effect of a healthy job three times in its life', async () => {
    for (let n = 0; n < 50; n++) {
      const id = await world.written()
      await world.claim(id)
      await world.store.write(completeWrite(world.end(id)))
    }
    await world.hours(31 * 24)
    expect(world.effectsAsked).toBe(3 * 50)
    expect(world.store.items('outbox')).toEqual([])
  })
})
