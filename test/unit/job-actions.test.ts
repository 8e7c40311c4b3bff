import { beforeEach, describe, expect, it } from 'vitest'
import { jobActions } from '../../functions/api/routes/jobs/actions.ts'
import { request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { abandonWrite } from '../../shared/execution/effect/abandon-write.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite } from '../../shared/execution/effect/end-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { Outgoing } from '../../shared/lib/ports.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { apiOf } from '../support/api.ts'
import { appWith, jobType, lanes } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const ids = simIds()
let clock: SimClock
let store: MemoryStore
let sent: Outgoing[]
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  sent = []
})

/** Writes a job that is to start after some seconds. */
async function written(seconds: number, group?: string): Promise<string> {
  const job = {
    ...request(jobType(registry, group ? 'step' : 'work'), { label: 'x', group }),
    id: jobId(ids.fresh(), group),
  }
  const runAt = new Date(clock.now().getTime() + seconds * 1000)
  await store.write(outboxWrite({ ...job, runAt }, { now: clock.now(), hops: 0, outboxLifetime: 1 }, registry))
  return job.id
}

async function ask(action: 'cancel' | 'replay', id: string, app = registry) {
  const send = async (_: string, messages: readonly Outgoing[]) => {
    sent.push(...messages)
    return messages.map(() => ({ kind: 'sent' }))
  }
  const deps = { store, clock, ids, registry: app, sender: { send }, logAction: () => {} }
  return apiOf(jobActions, deps)({ method: 'POST', path: `/jobs/${id}/${action}` })
}

const attempt = (id: string, maxAttempts = 2) => ({
  jobId: id,
  type: 'work',
  lane: 'default',
  owner: 'o',
  now: clock.now(),
  leaseUntil: clock.now().getTime() + 16_000,
  maxAttempts,
  onCrash: 'retry' as const,
  expiresAt: 0,
})
const stateOf = async (id: string) => ((await store.get('effects', { pk: id })) as Effect | undefined)?.state

describe('a cancelled job that is replayed', () => {
  it('is not sent before its time: the sweeper still has it', async () => {
    for (const id of [await written(3_600), await written(120, 'g')]) {
      expect(await ask('cancel', id)).toMatchObject({ status: 200 })
      expect(await ask('replay', id)).toMatchObject({ status: 202 })
      expect(await stateOf(id)).toBe('retrying')
    }
    expect(sent).toEqual([])
  })

  it('does not run before its time, whatever brings a message of it', async () => {
    const id = await written(3_600)
    await ask('cancel', id)
    await ask('replay', id)
    const effect = (await store.get('effects', { pk: id })) as unknown as Effect
    expect(effect.notBefore).toBe(clock.now().getTime() + 3_600_000)
    expect((await store.write(claimWrite(attempt(id)))).kind).toBe('refused')
  })

  it('is kept for as long as an effect from now on', async () => {
    const id = await written(600)
    await ask('cancel', id)
    clock.advance(20 * 86_400_000)
    await ask('replay', id)
    const effect = (await store.get('effects', { pk: id })) as unknown as Effect
    expect(effect.expiresAt).toBe(Math.ceil(clock.now().getTime() / 1000) + 60 * 86_400)
  })

  it('is sent with the rest of its delay when SQS can hold it', async () => {
    const id = await written(600)
    await ask('cancel', id)
    clock.advance(100_000)
    await ask('replay', id)
    expect(sent).toMatchObject([{ delaySeconds: 500 }])
  })

  it('can be cancelled again until it runs', async () => {
    const id = await written(600)
    for (const action of ['cancel', 'replay', 'cancel'] as const) await ask(action, id)
    expect(await stateOf(id)).toBe('cancelled')
    await ask('replay', id)
    clock.advance(600_000)
    await store.write(claimWrite(attempt(id)))
    expect(await ask('cancel', id)).toMatchObject({ status: 409 })
    await store.write(completeWrite(attempt(id)))
    expect(await ask('cancel', id)).toMatchObject({ status: 409 })
    expect(await stateOf(id)).toBe('succeeded')
  })
})

it('a replay is refused in words that fit while a crashed last attempt is not yet dead', async () => {
  const id = await written(0)
  await store.write(claimWrite(attempt(id, 1)))
  clock.advance(20_000)
  const { status, body } = await ask('replay', id)
  expect(status).toBe(409)
  expect(body.detail).not.toMatch(/only a dead/)
  expect(body.detail).toMatch(/replay it in a moment/)
})

describe('the replay of a job that cannot be sent', () => {
  const [standard, ordered] = lanes as [(typeof lanes)[0], (typeof lanes)[0]]
  const abandoned = async () => {
    const id = await written(0)
    const createdAt = clock.now().toISOString()
    const job = { jobId: id, type: 'work', lane: 'default', createdAt, now: clock.now(), expiresAt: 9 }
    await store.write(abandonWrite({ ...job, error: 'UnsendableError: no lane' }, undefined))
    return id
  }
  it.each([
    ['whose lane was removed', defineRegistry([], [ordered]), /no lane "default": define it again/],
    ['without a group, on an ordered lane', defineRegistry([], [{ ...standard, kind: 'ordered' }]), /has no group/],
  ])('%s answers 409 with the reason', async (_, app, reason) => {
    const answer = await ask('replay', await abandoned(), app)
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringMatching(reason) } })
    expect(sent).toEqual([])
  })
})
