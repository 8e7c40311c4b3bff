import { beforeEach, describe, expect, it } from 'vitest'
import { cancelWrite, claimWrite, completeWrite, failWrite, uncancelWrite } from '../../shared/effect.ts'
import { request } from '../../shared/job.ts'
import { outboxWrite } from '../../shared/outbox-item.ts'
import type { LaneSender } from '../../shared/ports.ts'
import { type ReconcileDeps, reconcile, reconcileHour } from '../../shared/reconcile.ts'
import { fullPass, hourlyPass, type Pass } from '../../shared/reconcile-pass.ts'
import { appWith, jobType } from '../support/app.ts'
import { asWritten } from '../support/as-written.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const ids = simIds()
const minute = 60_000
const hour = 60 * minute
let clock: SimClock
let store: MemoryStore
let sent: string[]
let told: string[]
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  sent = []
  told = []
})

/** Writes a job that no relay has seen. */
async function written(change: object = {}): Promise<string> {
  const id = ids.fresh()
  const job = { ...request(jobType(registry, 'work'), { label: 'x' }), id }
  const write = outboxWrite(job, { now: clock.now(), hops: 0, outboxLifetime: 1 }, registry)
  if (write.op === 'put') await store.write({ ...write, item: { ...write.item, ...change } })
  return id
}

const end = (jobId: string) => ({ jobId, owner: 'o', now: clock.now(), expiresAt: 0, attempt: 1, error: '' })
const claim = (jobId: string) =>
  store.write(
    claimWrite({
      ...end(jobId),
      type: 'work',
      lane: 'default',
      leaseUntil: clock.now().getTime() + 16_000,
      maxAttempts: 2,
      onCrash: 'retry',
    }),
  )

const takesAll: LaneSender = {
  async send(_, messages) {
    sent.push(...messages.map(({ body }) => JSON.parse(body).id))
    return messages.map(() => ({ kind: 'sent' }))
  },
}
const refusesAll: LaneSender = {
  async send() {
    throw new Error('AccessDenied')
  },
}
const byTheClock: Pass = { segments: [0], of: 1, everything: false }

/** The whole table is the first segment. */
function depsWith(sender: LaneSender): ReconcileDeps {
  return {
    store,
    clock,
    registry,
    sender,
    scan: async function* (segment) {
      if (segment === 0) yield store.items('outbox').map(asWritten)
    },
    ...memoryReader(store),
    observe: ({ kind, envelope }) => told.push(`${kind} ${envelope.id}`),
  }
}

async function run(sender: LaneSender = takesAll, pass: Pass = fullPass) {
  sent = []
  return reconcile(depsWith(sender), pass, clock.now().getTime() + hour)
}

describe('the reconciler', () => {
  it('sends a job that nobody has touched, half an hour after its time, and not again for six hours', async () => {
    const id = await written()
    clock.advance(29 * minute)
    expect(await run()).toMatchObject({ scanned: 1, resent: 0 })
    clock.advance(2 * minute)
    expect(await run()).toEqual({ scanned: 1, resent: 1, unsent: 0, complete: true })
    expect([sent, told]).toEqual([[id], [`unrelayed ${id}`]])
    clock.advance(hour)
    expect(await run()).toMatchObject({ resent: 0 })
    clock.advance(6 * hour)
    expect(await run()).toMatchObject({ resent: 1 })
  })

  it('leaves alone what has ended, and what a hidden message may still bring back', async () => {
    const [done, cancelled, retrying, running] = [await written(), await written(), await written(), await written()]
    await claim(done)
    await store.write(completeWrite(end(done)))
    await store.write(cancelWrite({ pk: cancelled, type: 'work', lane: 'default', expiresAt: 0 }, clock.now()))
    await claim(retrying)
    await store.write(failWrite({ ...end(retrying), failures: [] }))
    await claim(running)
    clock.advance(12 * hour)
    expect(await run()).toMatchObject({ resent: 0 })
    clock.advance(2 * hour)
    await run()
    expect(sent.sort()).toEqual([retrying, running].sort())
  })

  it('finds a job that was to be replayed and was never sent', async () => {
    const id = await written()
    await store.write(cancelWrite({ pk: id, type: 'work', lane: 'default', expiresAt: 0 }, clock.now()))
    await store.write(uncancelWrite(id, 2, clock.now(), 'replay'))
    clock.advance(31 * minute)
    await run()
    expect(sent).toEqual([id])
  })

  it('takes a job off the index of what waits, so that the sweeper does not send it too', async () => {
    await written({ due: 'due#0' })
    clock.advance(hour)
    await run()
    expect(store.items('outbox')).toMatchObject([{ resentAt: clock.now().toISOString() }])
    expect(store.items('outbox')[0]).not.toHaveProperty('due')
  })

  it('asks for a job by the clock on its first day, when its retries are over, and before its item expires', async () => {
    const id = await written()
    const asked: number[] = []
    for (let day = 0; day < 30; day++) {
      clock.advance(day === 0 ? 4 * hour : 24 * hour)
      await run(refusesAll, byTheClock)
      if (told.splice(0).length > 0) asked.push(day)
    }
    expect(asked).toEqual([0, 4, 28])
    expect((await run(takesAll)).resent).toBe(1)
    expect(sent).toEqual([id])
  })

  it('keeps an eye on what it has sent again, at whatever age', async () => {
    const id = await written()
    clock.advance(hour)
    await run(takesAll, byTheClock)
    clock.advance(2 * 24 * hour)
    expect(await run(takesAll, byTheClock)).toMatchObject({ resent: 1 })
    expect(sent).toEqual([id])
  })

  it('does not miss a look when the pass comes up to two hours late', async () => {
    await written()
    clock.advance(30 * minute - 1)
    expect(await run(takesAll, byTheClock)).toMatchObject({ resent: 0 })
    clock.advance(26 * hour)
    expect(await run(takesAll, byTheClock)).toMatchObject({ resent: 1 })
  })

  it('reads every segment once a day', () => {
    const hours = Array.from({ length: 24 }, (_, n) => hourlyPass(new Date(Date.UTC(2026, 10, 25, n, 59))))
    const [{ of } = { of: 0 }] = hours
    expect(hours.flatMap(({ segments }) => segments).sort((a, b) => a - b)).toEqual(
      Array.from({ length: of }, (_, segment) => segment),
    )
    expect(hourlyPass(new Date(Date.UTC(2026, 10, 26, 5)))).toEqual(hours[5])
  })

  it('reads all parts as soon as that of the hour has a lost job', async () => {
    const read: string[] = []
    const deps = depsWith(takesAll)
    const scan: ReconcileDeps['scan'] = (segment, of) => {
      read.push(`${segment}/${of}`)
      return deps.scan(segment, of)
    }
    const atHour = (n: number) =>
      reconcileHour({ ...deps, scan }, new Date(Date.UTC(2026, 10, 25, n)), clock.now().getTime() + hour)
    await written()
    clock.advance(hour)
    await atHour(1)
    expect(read.splice(0)).toEqual(['4/96', '5/96', '6/96', '7/96'])
    expect(await atHour(0)).toMatchObject({ complete: true })
    expect(read).toEqual(['0/96', '1/96', '2/96', '3/96', '0/4', '1/4', '2/4', '3/4'])
    expect(sent).toHaveLength(1)
  })

  it('is not held up by a lane that is out of order, nor by one that is gone', async () => {
    const [gone, healthy, broken] = [
      await written({ lane: 'removed' }),
      await written(),
      await written({ lane: 'ordered' }),
    ]
    clock.advance(hour)
    const sender: LaneSender = {
      async send(lane, messages) {
        if (lane === 'ordered') throw new Error('AccessDenied')
        return takesAll.send(lane, messages)
      },
    }
    expect(await run(sender)).toEqual({ scanned: 3, resent: 1, unsent: 2, complete: true })
    expect(sent).toEqual([healthy])
    expect(told.sort()).toEqual([`unsent ${gone}`, `unrelayed ${healthy}`, `unsent ${broken}`].sort())
  })
})
