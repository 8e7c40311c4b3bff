import { beforeEach, describe, expect, it } from 'vitest'
import { jobId } from '../../shared/id.ts'
import { request } from '../../shared/job.ts'
import { dueBuckets, dueKey, type Envelope, envelopesOf, outboxWrite } from '../../shared/outbox-item.ts'
import type { LaneSender, Outgoing } from '../../shared/ports.ts'
import { type SweepDeps, sweep } from '../../shared/sweep.ts'
import { appWith, jobType } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const ids = simIds()
const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))
let clock: SimClock
let store: MemoryStore
let sent: (Outgoing & { lane: string; at: number })[]
let told: string[]
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  sent = []
  told = []
})

/** Writes a job that waits for its time, in seconds from now. */
async function waiting(seconds: number, { group, lane }: { group?: string; lane?: string } = {}): Promise<string> {
  const job = request(jobType(registry, group ? 'step' : 'work'), { label: 'x', group })
  const runAt = new Date(clock.now().getTime() + seconds * 1000)
  const write = outboxWrite(
    { ...job, runAt, id: jobId(ids.fresh(), group) },
    { now: clock.now(), hops: 0, outboxLifetime: 1 },
    registry,
  )
  if (write.op !== 'put') throw new Error('not an insert')
  await store.write({ ...write, item: { ...write.item, ...(lane ? { lane } : {}) } })
  return String(write.item.id)
}

const inIndex = () => store.items('outbox').flatMap(({ id, due }) => (due === undefined ? [] : [id]))

function due(bucket: string, until: string): AsyncIterable<readonly Envelope[]> {
  const items = store.items('outbox').filter((item) => item.due === bucket && String(item.runAt) <= until)
  const page = envelopesOf(items)
  return (async function* () {
    if (page.length > 0) yield page
  })()
}

const takesAll: LaneSender = {
  async send(lane, messages) {
    sent.push(...messages.map((message) => ({ ...message, lane, at: clock.now().getTime() })))
    return messages.map(() => ({ kind: 'sent' }))
  },
}
const run = (sender: LaneSender = takesAll) => {
  const deps: SweepDeps = {
    store,
    clock,
    registry,
    sender,
    due,
    observe: ({ envelope, reason }) => told.push(`${envelope.id} ${reason}`),
  }
  return sweep(deps, buckets, clock.now().getTime() + 55_000)
}

describe('a sweep', () => {
  it('sends what is due soon with the rest of its delay, and takes it off the index', async () => {
    const [soon, later] = [await waiting(1_000), await waiting(2_000)]
    clock.advance(940_000)
    expect(await run()).toEqual({ sent: 1, overdue: 0 })
    expect(sent).toMatchObject([{ delaySeconds: 60, body: expect.stringContaining(soon) }])
    expect(inIndex()).toEqual([later])
  })

  it('holds what is for an ordered lane until its time, the earliest first', async () => {
    const [second, first] = [await waiting(130, { group: 'g' }), await waiting(110, { group: 'g' })]
    clock.advance(100_000)
    const start = clock.now().getTime()
    expect(await run()).toEqual({ sent: 2, overdue: 0 })
    expect(sent.map(({ body, at }) => [JSON.parse(body).id, at - start])).toEqual([
      [first, 10_000],
      [second, 30_000],
    ])
  })

  it('leaves what its lane did not take for the next sweep, and tells when that is too late', async () => {
    const id = await waiting(1_000)
    const refusing: LaneSender = { send: async (_, list) => list.map(() => ({ kind: 'failed', reason: 'no' })) }
    clock.advance(950_000)
    expect(await run(refusing)).toEqual({ sent: 0, overdue: 0 })
    clock.advance(60_000)
    expect(await run(refusing)).toEqual({ sent: 0, overdue: 1 })
    expect(told).toEqual([`${id} no`, `${id} no`])
    expect(await run()).toEqual({ sent: 1, overdue: 0 })
  })

  it('is not held up by a lane that is out of order, nor by one that is gone', async () => {
    const healthy = await waiting(1_000)
    const ordered = await waiting(1_000, { group: 'g' })
    const gone = await waiting(1_000, { lane: 'removed' })
    clock.advance(1_001_000)
    const broken: LaneSender = {
      async send(lane, messages) {
        if (lane === 'ordered') throw new Error('AccessDenied')
        return takesAll.send(lane, messages)
      },
    }
    expect(await run(broken)).toEqual({ sent: 1, overdue: 2 })
    expect(sent.map(({ body }) => JSON.parse(body).id)).toEqual([healthy])
    expect(inIndex().sort()).toEqual([ordered, gone].sort())
    expect(told.join()).toMatch(/the application has no lane "removed"/)
  })

  it('leaves a job of a lane that is gone to the reconciler in the end', async () => {
    const id = await waiting(1_000, { lane: 'removed' })
    clock.advance(1_001_000)
    await run()
    expect(inIndex()).toEqual([id])
    clock.advance(1_800_000)
    await run()
    expect(inIndex()).toEqual([])
    expect(await run()).toEqual({ sent: 0, overdue: 0 })
  })
})
