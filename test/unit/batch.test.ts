import { describe, expect, it } from 'vitest'
import type { Services } from '../../shared/define/services.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import type { LaneConsumerQueue, LaneMessage } from '../../shared/lib/ports.ts'
import { appWith } from '../support/app.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

/**
 * Handles messages `<group><number>`, `!` at the end for one that fails, `?` for one whose process died before, `^` for one that
 * has come back often; tells what returned, ran and was asked of the queue.
 */
async function run(names: readonly string[], fifo: boolean, queue: Partial<LaneConsumerQueue> = {}) {
  const clock = simClock(() => 0.5)
  const ids = simIds()
  const log: string[] = []
  const ran: string[] = []
  const left: string[] = []
  const messages = names.map((name): LaneMessage => {
    const [type, group] = fifo ? ['step', name[0]] : ['work', undefined]
    const id = (group ? `${group}~` : '') + ids.fresh()
    const payload = { label: name, group, throws: name.endsWith('!') ? 9 : 0 }
    const createdAt = clock.now().toISOString()
    const envelope = {
      v: 1,
      id,
      type,
      version: 1,
      payload,
      lane: fifo ? 'ordered' : 'default',
      group,
      hops: 0,
      createdAt,
    }
    const body = name === 'broken' ? '{' : JSON.stringify(envelope)
    if (name.includes('?')) left.push(id)
    return { messageId: name, receiptHandle: name, body, receiveCount: name.includes('^') ? 4 : 1, group, deaths: 0 }
  })
  const store = memoryStore(clock)
  for (const jobId of left) {
    const claim = { jobId, type: 'work', lane: 'default', owner: 'dead', now: clock.now(), leaseUntil: 0, shared: true }
    await store.write(claimWrite({ ...claim, maxAttempts: 2, onCrash: 'retry', expiresAt: 0 }))
  }
  const deps: ConsumerDeps = {
    store,
    clock,
    ids,
    registry: appWith(({ label }) => void ran.push(label)),
    services: {} as Services,
    lifetimes: { outbox: 1, effect: 1 },
    queue: {
      changeVisibility: async ({ messageId }, seconds) => void log.push(`${messageId} back in ${seconds}`),
      extendVisibility: async (all, seconds) => void log.push(`${all.length} hidden for ${seconds}`),
      sendToDeadLetterQueue: async ({ messageId }) => void log.push(`${messageId} dead-lettered`),
      ...queue,
    },
    observe: () => {},
    report: () => {},
  }
  const returned = await consumeBatch(deps, messages, clock.now().getTime() + 15_000)
  return { returned, ran, log }
}

describe('a batch', () => {
  it('returns exactly what is to come back', async () => {
    const { returned, ran } = await run(['a', 'b!', 'broken', 'c'], false)
    expect(returned).toEqual(['b!'])
    expect(ran.sort()).toEqual(['a', 'b!', 'c'])
  })

  it('runs a job alone whose process died before: last, or first once it has come back often', async () => {
    expect((await run(['a?', 'b', 'c'], false)).ran).toEqual(['b', 'c', 'a?'])
    expect((await run(['b', 'c', 'a?^', 'd^'], false)).ran).toEqual(['a?^', 'b', 'c', 'd^'])
  })

  it('is hidden until a little after its process ends', async () => {
    const { log } = await run(['a', 'b'], false)
    expect(log).toEqual(['2 hidden for 17'])
  })

  it('of an ordered lane stops a group at its first failure, and returns the rest of it', async () => {
    const { returned, ran, log } = await run(['a1', 'b1', 'a2!', 'a3', 'b2', 'a4'], true)
    expect(returned).toEqual(['a2!', 'a3', 'a4'])
    expect(ran.filter((label) => label.startsWith('a'))).toEqual(['a1', 'a2!'])
    expect(ran.filter((label) => label.startsWith('b'))).toEqual(['b1', 'b2'])
    expect(log).toEqual(['6 hidden for 17', 'a2! back in 1', 'a3 back in 0', 'a4 back in 0'])
  })

  it('goes on when its messages cannot be hidden', async () => {
    const extendVisibility = () => Promise.reject(new Error('down'))
    const { returned, log } = await run(['a', 'b!'], false, { extendVisibility })
    expect(returned).toEqual(['b!'])
    expect(log).toEqual(['b! back in 1'])
  })

  it('asks for a shorter wait only after the long one was set', async () => {
    const order: string[] = []
    const extendVisibility = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push('hidden')
    }
    await run(['b!'], false, { extendVisibility, changeVisibility: async () => void order.push('back') })
    expect(order).toEqual(['hidden', 'back'])
  })

  it('returns the rest of a group even when the queue does not take the wish', async () => {
    const changeVisibility = () => Promise.reject(new Error('down'))
    expect((await run(['a1!', 'a2'], true, { changeVisibility })).returned).toEqual(['a1!', 'a2'])
  })
})
