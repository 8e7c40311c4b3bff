/** Waits of hours between two attempts: the job waits in the outbox, and its message does not count as in flight. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { PermanentError } from '../../shared/define/errors.ts'
import { defineJob, type JobSettings } from '../../shared/define/job.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { standingOf } from '../../shared/recovery/reconcile-checks.ts'
import { unread } from '../../shared/recovery/reconcile-marks.ts'
import { writtenOf } from '../../shared/recovery/written.ts'
import { day, hour, minute, oneLane, second } from '../support/one-lane.ts'
import { moveBack } from '../support/sim-lanes.ts'

const schema = z.object({ label: z.string() })
/** Runs of a job, in ms since the epoch. */
const runs: number[] = []

/** A job that fails until its last attempt. */
function failing(settings: Partial<JobSettings<typeof schema>> = {}) {
  runs.length = 0
  return defineJob({
    ...{ type: 'job', schema, maxAttempts: 2, backoff: { baseSeconds: 10 * 3_600, capSeconds: 10 * 3_600 } },
    run: (_, { now, attempt }) => {
      runs.push(now.getTime())
      if (attempt === 1) throw new Error('the receiver is down')
    },
    ...settings,
  })
}
const one = [{ label: 'a' }]
/** Of the longest wait that the jitter gives. */
const random = () => 0.99
const waitOf = ({ notBefore = 0 }: { readonly notBefore?: number }) => notBefore

describe('a job whose next attempt is hours away', () => {
  it('has no message while it waits, and runs at its time', async () => {
    const lane = oneLane({ job: failing(), random })
    const [id = ''] = await lane.write(one)
    await lane.consumeOnce()
    const [effect] = lane.effects()
    expect(waitOf(effect ?? {}) - lane.clock.now().getTime()).toBeGreaterThan(15 * minute)
    expect(lane.queue.size).toBe(0)
    const due = new Date(waitOf(effect ?? {})).toISOString()
    expect(lane.store.peek('outbox', outboxKey(id))).toMatchObject({ due: expect.stringMatching(/^due#/), dueAt: due })
    await lane.pass(11 * hour)
    expect(runs).toHaveLength(2)
    expect((runs[1] ?? 0) - waitOf(effect ?? {})).toBeGreaterThanOrEqual(0)
    expect((runs[1] ?? 0) - waitOf(effect ?? {})).toBeLessThanOrEqual(second)
    expect(lane.effects()).toMatchObject([{ state: 'succeeded', attempts: 2 }])
    expect(lane.store.peek('outbox', outboxKey(id))).not.toHaveProperty('due')
  })

  it('does not make its relay look late', async () => {
    const lane = oneLane({ job: failing(), random })
    await lane.write(one)
    await lane.consumeOnce()
    const due = new Date(waitOf(lane.effects()[0] ?? {})).toISOString()
    await lane.pass(11 * hour)
    expect(lane.relayed.filter(({ kind }) => kind === 'forwarded')).toMatchObject([{}, { start: due }])
    expect(lane.relayed.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
  })

  it('is not lost when the process dies before its message goes', async () => {
    const lane = oneLane({ job: failing(), random })
    await lane.write(one)
    const [message] = lane.queue.messages
    await lane.consumeOnce()
    // The message that was not deleted comes back, and finds the job waiting.
    lane.queue.send({ body: message?.body ?? '' })
    await lane.consumeOnce()
    expect(lane.queue.size).toBe(0)
    await lane.pass(11 * hour)
    expect(runs).toHaveLength(2)
  })

  it('is not lost when the outbox cannot be written: its message comes back and tries again', async () => {
    let faults = 1
    const through = (store: Store): Store => ({
      ...store,
      async write(write) {
        if (write.table === 'outbox' && faults-- > 0) throw new Error('ThrottlingException')
        return store.write(write)
      },
    })
    const lane = oneLane({ job: failing(), through, random })
    await lane.write(one)
    await lane.consumeOnce()
    expect(lane.queue.size).toBe(1)
    await lane.pass(11 * hour)
    expect(runs).toHaveLength(2)
    expect(lane.effects()).toMatchObject([{ state: 'succeeded' }])
  })

  it('keeps its message when its outbox item has expired', async () => {
    const lane = oneLane({ job: failing(), random })
    const [id = ''] = await lane.write(one)
    await lane.store.write({ op: 'delete', table: 'outbox', key: outboxKey(id) })
    await lane.pass(11 * hour)
    expect(runs).toHaveLength(2)
    expect(lane.store.items('outbox')).toEqual([])
  })

  it('keeps its message on an ordered lane, where it holds its group', async () => {
    const job = failing({ lane: 'ordered', group: () => 'g' })
    const lane = oneLane({ job, kind: 'ordered', random })
    await lane.write([...one, { label: 'b' }])
    await lane.consumeOnce()
    expect(lane.inFlight()).not.toEqual([])
    expect(lane.store.items('outbox').some(({ due }) => due !== undefined)).toBe(false)
  })

  it('stays in the queue for a wait of 15 minutes', async () => {
    const lane = oneLane({ job: failing({ backoff: { baseSeconds: 900, capSeconds: 900 } }), random })
    await lane.write(one)
    await lane.consumeOnce()
    expect(lane.inFlight()).toHaveLength(1)
  })
})

describe('many jobs for receivers that are down', () => {
  it('never hide a message for more than 15 minutes, and all die of all their attempts', async () => {
    const backoff = { baseSeconds: 2, capSeconds: 39_600 }
    const run = () => {
      throw new Error('down')
    }
    const lane = oneLane({ job: failing({ maxAttempts: 20, backoff, run }) })
    await lane.write(Array.from({ length: 40 }, (_, n) => ({ label: String(n) })))
    let longest = 0
    await lane.pass(4 * day, () => {
      for (const { visibleAt } of lane.inFlight()) longest = Math.max(longest, visibleAt - lane.clock.now().getTime())
    })
    expect(longest).toBeLessThanOrEqual(15 * minute)
    expect(lane.effects().map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(Array(40).fill('dead 20'))
    expect(lane.deadLetters.size).toBe(40)
  })
})

describe('a backlog of a slow rate limit', () => {
  it('waits in the outbox, and runs at the rate', async () => {
    const rateLimit = { limit: 1, perSeconds: 60 }
    const order: string[] = []
    const run = ({ label }: { label: string }) => void order.push(label)
    const lane = oneLane({ job: failing({ rateLimit, run }) })
    await lane.write(Array.from({ length: 90 }, (_, n) => ({ label: String(n) })))
    let longest = 0
    await lane.pass(95 * minute, () => {
      for (const { visibleAt } of lane.inFlight()) longest = Math.max(longest, visibleAt - lane.clock.now().getTime())
    })
    expect(order).toHaveLength(90)
    expect(longest).toBeLessThanOrEqual(15 * minute)
    const limited = lane.events.filter(({ kind }) => kind === 'limited')
    expect(limited.length / 90).toBeLessThan(1.5)
    expect(lane.effects().filter(({ state }) => state !== undefined)).toHaveLength(90)
  })

  it('keeps the dead letters that a person puts back, each until its job runs again', async () => {
    const rateLimit = { limit: 1, perSeconds: 3_600 }
    const starts: string[] = []
    const run = ({ label }: { label: string }) => {
      starts.push(label)
      if (starts.length <= 3) throw new PermanentError('the receiver is down')
    }
    const lane = oneLane({ job: failing({ rateLimit, run }) })
    const ends = () => lane.effects().flatMap(({ state }) => state ?? [])
    await lane.write(['a', 'b', 'c'].map((label) => ({ label })))
    await lane.pass(4 * hour)
    expect(ends()).toEqual(['dead', 'dead', 'dead'])
    for (const { id } of lane.deadLetters.messages) moveBack(lane, id)
    await lane.pass(4 * hour)
    expect(ends()).toEqual(['succeeded', 'succeeded', 'succeeded'])
  })

  it('is not sent again by the reconciler while it waits', () => {
    const createdAt = '2026-01-01T00:00:00.000Z'
    const item = { pk: 'a', sk: 'a', lane: 'default', createdAt, due: 'due#0', dueAt: '2026-01-01T09:00:00.000Z' }
    const pass = { at: Date.parse('2026-01-01T08:00:00Z'), marks: {}, before: unread, everything: true }
    expect(standingOf(writtenOf(item), undefined, pass)).toBe('waits')
  })
})
