/** Batches: what a change and the API take of them, what they refuse, and what callers see. */
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { batches } from '../../functions/api/routes/batches/routes.ts'
import { jobActions } from '../../functions/api/routes/jobs/actions.ts'
import { mostJobs } from '../../shared/batch/items.ts'
import { settle } from '../../shared/batch/settle.ts'
import { addToBatch, batch, batchCounts, callback, sealBatch } from '../../shared/define/batch.ts'
import { BatchRefusedError, ChangeRefusedError } from '../../shared/define/errors.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { readMembers } from '../../shared/execution/batch-members.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { completeWrite, dieWrite } from '../../shared/execution/effect/end-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { runAttempt } from '../../shared/execution/run-attempt.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { itemSize } from '../../shared/lib/write.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { type ReconcileBatchesDeps, reconcileBatches } from '../../shared/recovery/reconcile-batches.ts'
import { sendAgain } from '../../shared/recovery/redrive.ts'
import { apiOf } from '../support/api.ts'
import { lanes } from '../support/app.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

let returned: Change = {}
const schema = z.object({ n: z.int().optional() })
const work = defineJob({ type: 'work', schema, maxAttempts: 1, run: () => returned })
const once = defineJob({ type: 'once', schema, unique: { key: ({ n }) => `${n}`, until: 'started' }, run: () => {} })
const after = defineJob({ type: 'after', schema: z.object({ month: z.string(), batch: batchCounts }), run: () => {} })
const registry = defineRegistry([work, once, after], lanes)
const hour = 3_600_000

let clock: SimClock
let store: MemoryStore
let ids: ReturnType<typeof simIds>
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  ids = simIds()
  returned = {}
})

const depsOn = (through: Store): ApiDeps & ReconcileBatchesDeps =>
  ({
    ...memoryReader(store),
    ...{ store: through, clock, ids, registry, outboxLifetime: lifetimes.outbox, logAction: () => {} },
    sender: { send: async (_: string, messages: readonly object[]) => messages.map(() => ({ kind: 'sent' })) },
    links: () => ({}),
    jobOwners: [],
    deadLetters: () => undefined,
  }) as unknown as ApiDeps & ReconcileBatchesDeps
const ask = (method: string, path: string, body?: object, key?: string, through: Store = store) =>
  apiOf([...batches, ...jobActions], depsOn(through))({ method, path, body, key })
const jobs = (count: number) => Array.from({ length: count }, (_, n) => ({ type: 'work', payload: { n } }))
const requests = (count: number) => jobs(count).map(({ payload }) => request(work, payload))
const commit = (change: Change) => commitRequest(depsOn(store), { id: ids.fresh(), now: clock.now() }, change)
const view = async (id: string) => (await ask('GET', `/batches/${id}`)).body
const callbacks = () => store.items('outbox').filter(({ type }) => type === 'after')
const payloads = () => callbacks().map(({ payload }) => JSON.parse(String(payload)))
const onFinished = { type: 'after', payload: { month: '2026-11' } }

function envelopeOf(id: string): Envelope {
  const decoded = decodeItem(store.peek('outbox', { pk: id, sk: id }) ?? {})
  if (decoded.kind !== 'envelope') throw new Error(`no job ${id}`)
  return decoded.envelope
}

async function claim(id: string): Promise<Effect> {
  const { type, lane, createdAt } = envelopeOf(id)
  const claim = {
    jobId: id,
    type,
    lane,
    createdAt,
    owner: ids.fresh(),
    now: clock.now(),
    leaseUntil: 0,
    maxAttempts: 9,
  }
  const claimed = await claimJob(store, { ...claim, onCrash: 'retry', expiresAt: 0 }, 0)
  if (claimed.kind !== 'claimed') throw new Error(`${id} is ${claimed.kind}`)
  return claimed.effect
}

/** The job ends, and nobody has settled it. */
async function end(id: string, wanted: 'succeeded' | 'dead' = 'succeeded', result?: string): Promise<void> {
  const { owner = '' } = await claim(id)
  const its = { jobId: id, owner, now: clock.now(), expiresAt: 0 }
  await store.write(
    wanted === 'dead' ? dieWrite({ ...its, attempt: 1, error: 'no', failures: [] }) : completeWrite(its, result),
  )
}

async function endAndSettle(id: string, wanted: 'succeeded' | 'dead' = 'succeeded', result?: string): Promise<void> {
  await end(id, wanted, result)
  await settle(depsOn(store), envelopeOf(id), wanted)
}

const idsOf = (answer: { body: { jobs: { id: string }[] } }) => answer.body.jobs.map(({ id }) => id)

describe('a batch by the API', () => {
  it('is written with its jobs, and has its counts while they end', async () => {
    const answer = await ask('POST', '/batches', { jobs: jobs(3), onFinished })
    expect(answer).toMatchObject({ status: 202, headers: { location: `/batches/${answer.body.id}` } })
    const { id } = answer.body
    const [first = '', second = '', third = ''] = idsOf(answer)
    await endAndSettle(first)
    await endAndSettle(second, 'dead')
    expect(await view(id)).toMatchObject({
      ...{ id, status: 'running', total: 3, succeeded: 1, dead: 1, cancelled: 0, pending: 1, callbacks: [] },
      pendingCallbacks: [{ event: 'finished', type: 'after' }],
    })
    expect(callbacks()).toEqual([])
    await ask('POST', `/jobs/${third}/cancel`)
    expect(payloads()).toEqual([{ month: '2026-11', batch: { id, total: 3, succeeded: 1, dead: 1, cancelled: 1 } }])
    const callbackId = callbacks()[0]?.id
    expect(await view(id)).toMatchObject({
      ...{ status: 'finished', pending: 0, finishedAt: clock.now().toISOString() },
      callbacks: [{ event: 'finished', id: callbackId, type: 'after' }],
    })
  })

  it('succeeds once a redrive has brought its dead members to an end', async () => {
    const answer = await ask('POST', '/batches', { jobs: jobs(2), onFinished, onSucceeded: onFinished })
    const [first = '', second = ''] = idsOf(answer)
    await endAndSettle(first)
    await endAndSettle(second, 'dead')
    expect(callbacks()).toHaveLength(1)
    const dead = store.peek('effects', { pk: second }) as unknown as Effect
    expect(await sendAgain(depsOn(store), [dead])).toMatchObject([{ outcome: 'moved' }])
    expect(await view(answer.body.id)).toMatchObject({ status: 'finished', dead: 0, pending: 1 })
    clock.advance(60_000)
    await endAndSettle(second)
    expect(await view(answer.body.id)).toMatchObject({ status: 'succeeded', succeeded: 2, dead: 0 })
    expect(payloads().map(({ batch }) => batch.succeeded)).toEqual([1, 2])
  })

  it('waits for a member that was brought back before the others had ended', async () => {
    const answer = await ask('POST', '/batches', { jobs: jobs(2), onFinished })
    const [first = '', second = ''] = idsOf(answer)
    await endAndSettle(first, 'dead')
    await sendAgain(depsOn(store), [store.peek('effects', { pk: first }) as unknown as Effect])
    await endAndSettle(second)
    expect([callbacks().length, (await view(answer.body.id)).status]).toEqual([0, 'running'])
    clock.advance(60_000)
    await endAndSettle(first)
    expect(payloads()).toMatchObject([{ batch: { total: 2, succeeded: 2, dead: 0 } }])
  })

  it('waits for the job that takes the place of a dead member, with another payload', async () => {
    const answer = await ask('POST', '/batches', { jobs: jobs(2), onFinished, onSucceeded: onFinished })
    const [first = '', second = ''] = idsOf(answer)
    await endAndSettle(first, 'dead')
    const edited = await ask('POST', `/jobs/${first}/replay`, { payload: { n: 7 } })
    expect(edited.status).toBe(202)
    // Whatever asks for the old one again settles nothing.
    await settle(depsOn(store), envelopeOf(first), 'cancelled')
    await endAndSettle(second)
    clock.advance(2 * hour)
    await reconcileBatches(depsOn(store), Number.POSITIVE_INFINITY)
    expect([callbacks(), await view(answer.body.id)]).toMatchObject([[], { total: 2, pending: 1, succeeded: 1 }])
    await end(edited.body.id)
    clock.advance(2 * hour)
    await reconcileBatches(depsOn(store), Number.POSITIVE_INFINITY)
    expect(await view(answer.body.id)).toMatchObject({ status: 'succeeded', total: 2, succeeded: 2 })
    expect(payloads()).toHaveLength(2)
    expect((await readMembers(depsOn(store), answer.body.id)).members.map(({ status }) => status)).toEqual([
      'succeeded',
      'succeeded',
    ])
  })

  it('takes more jobs while it is open, and none after its seal', async () => {
    const { body } = await ask('POST', '/batches', { open: true, onFinished })
    expect(body.jobs).toEqual([])
    const added = [await ask('POST', `/batches/${body.id}/jobs`, { jobs: jobs(2) })]
    added.push(await ask('POST', `/batches/${body.id}/jobs`, { jobs: jobs(1) }))
    for (const id of added.flatMap(idsOf)) await endAndSettle(id)
    expect(await view(body.id)).toMatchObject({ status: 'open', total: 3, succeeded: 3 })
    expect(callbacks()).toEqual([])
    expect(await ask('POST', `/batches/${body.id}/seal`)).toMatchObject({ status: 200, body: { status: 'succeeded' } })
    expect(payloads()).toMatchObject([{ batch: { total: 3, succeeded: 3 } }])
    const sealed = { status: 409, body: { detail: expect.stringContaining('was sealed at') } }
    expect(await ask('POST', `/batches/${body.id}/jobs`, { jobs: jobs(1) })).toMatchObject(sealed)
    expect(await ask('POST', `/batches/${body.id}/seal`)).toMatchObject(sealed)
    expect(store.items('outbox')).toHaveLength(4)
  })

  it('answers a retry with the same key as before, also after the seal', async () => {
    const create = () => ask('POST', '/batches', { open: true, jobs: jobs(1) }, 'create')
    const [first, again] = [await create(), await create()]
    expect(again).toMatchObject({ status: 202, body: first.body, headers: { 'idempotency-replayed': 'true' } })
    const add = (n: number) => ask('POST', `/batches/${first.body.id}/jobs`, { jobs: jobs(n) }, 'add')
    const added = await add(2)
    await ask('POST', `/batches/${first.body.id}/seal`)
    expect(await add(2)).toMatchObject({ status: 202, body: added.body, headers: { 'idempotency-replayed': 'true' } })
    expect(await add(3)).toMatchObject({ status: 422 })
    expect(await view(first.body.id)).toMatchObject({ total: 3, pending: 3 })
  })

  it('has a hundred jobs at once, and as many in each addition', async () => {
    const answer = await ask('POST', '/batches', { open: true, jobs: jobs(mostJobs) }, 'a')
    await ask('POST', `/batches/${answer.body.id}/jobs`, { jobs: jobs(mostJobs) }, 'b')
    await ask('POST', `/batches/${answer.body.id}/jobs`, { jobs: jobs(mostJobs) })
    await ask('POST', `/batches/${answer.body.id}/seal`)
    expect(await view(answer.body.id)).toMatchObject({ total: 300, pending: 300 })
    for (const { id } of store.items('outbox')) await endAndSettle(String(id))
    expect(await view(answer.body.id)).toMatchObject({ status: 'succeeded', succeeded: 300 })
  })

  it('lists its jobs with their results, page by page', async () => {
    const answer = await ask('POST', '/batches', { open: true, jobs: jobs(3) })
    const { id } = answer.body
    const more = await ask('POST', `/batches/${id}/jobs`, { jobs: jobs(2) })
    const all = [...idsOf(answer), ...idsOf(more)]
    await endAndSettle(all[3] ?? '', 'succeeded', '{"amount":7}')
    const seen: { id: string; result?: unknown }[] = []
    let next: string | undefined
    do {
      const query = { limit: '2', ...(next === undefined ? {} : { cursor: next }) }
      const { body } = await apiOf(batches, depsOn(store))({ path: `/batches/${id}/jobs`, query })
      seen.push(...body.jobs)
      next = body.next
    } while (next !== undefined)
    expect(seen.map((job) => job.id)).toEqual(all)
    expect(seen[3]?.result).toEqual({ amount: 7 })
    expect((await readMembers(depsOn(store), id)).members).toEqual([
      { id: all[3], type: 'work', status: 'succeeded', result: { amount: 7 } },
    ])
  })

  it('is listed, and so are its jobs, whatever stands in one of them', async () => {
    const answer = await ask('POST', '/batches', { jobs: jobs(2), onFinished })
    const [first = ''] = idsOf(answer)
    await endAndSettle(first, 'succeeded', '{')
    const whole = store.peek('effects', { pk: `batch#${answer.body.id}` }) ?? {}
    await store.write({ op: 'put', table: 'effects', item: { ...whole, onFinished: '{' } })
    const list = (path: string) => apiOf(batches, depsOn(store))({ path })
    const members = await list(`/batches/${answer.body.id}/jobs`)
    expect([members.status, members.body.jobs.map(({ id }: { id: string }) => id)]).toEqual([200, idsOf(answer)])
    expect((await list('/batches')).body.batches).toMatchObject([{ id: answer.body.id, total: 2, succeeded: 1 }])
  })

  it('is listed, newest first, by its status', async () => {
    const ofStatus = async (status?: string) =>
      (await apiOf(batches, depsOn(store))({ path: '/batches', query: status ? { status } : {} })).body.batches.map(
        ({ id }: { id: string }) => id,
      )
    const open = (await ask('POST', '/batches', { open: true })).body.id
    clock.advance(1)
    const running = (await ask('POST', '/batches', { jobs: jobs(1) })).body.id
    clock.advance(1)
    const done = await ask('POST', '/batches', { jobs: jobs(1) })
    for (const id of idsOf(done)) await endAndSettle(id)
    expect(await ofStatus()).toEqual([done.body.id, running, open])
    expect([await ofStatus('open'), await ofStatus('succeeded')]).toEqual([[open], [done.body.id]])
  })
})

describe('bad input', () => {
  const nothing = () => expect([...store.items('outbox'), ...store.items('effects')]).toEqual([])
  const refused = async (body: object, path: string, message: RegExp) => {
    const answer = await ask('POST', '/batches', body)
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0]).toMatchObject({ path, message: expect.stringMatching(message) })
    nothing()
  }

  it('is refused before anything is written', async () => {
    await refused({ jobs: jobs(mostJobs + 1) }, 'jobs', /<=100/)
    await refused({ jobs: [] }, 'jobs', />=1/)
    await refused({}, '', /no jobs and is not open/)
    await refused({ jobs: [{ type: 'work', payload: { n: 'x' } }] }, 'jobs.0.payload.n', /expected number/)
    await refused({ jobs: jobs(1), onFinished: { type: 'nope', payload: {} } }, 'onFinished.type', /not a job type/)
    await refused({ jobs: jobs(1), onFinished: { type: 'after', payload: 3 } }, 'onFinished.payload', /an object/)
    await refused({ jobs: jobs(1), onSucceeded: { type: 'after', payload: {} } }, 'onSucceeded.payload.month', /string/)
    await refused({ jobs: jobs(1), onFinished: { type: 'once', payload: {} } }, '', /"once" has a unique key here/)
    await refused({ jobs: jobs(1), onFinished: [onFinished, onFinished] }, 'onFinished', /expected object/)
    await refused({ jobs: jobs(1), onFinished: { ...onFinished, delaySeconds: 3 } }, 'onFinished', /delaySeconds/)
  })

  it('names a batch that does not exist', async () => {
    const unknown = { status: 404, body: { detail: expect.stringContaining('There is no batch') } }
    const id = '00000000-0000-4000-8000-000000000000'
    expect(await ask('POST', `/batches/${id}/jobs`, { jobs: jobs(1) })).toMatchObject(unknown)
    for (const [method, path] of [
      ['GET', id],
      ['POST', `${id}/seal`],
      ['GET', `${id}/jobs`],
      ['GET', 'x'],
    ] as const)
      expect(await ask(method, `/batches/${path}`), path).toMatchObject({ status: 404 })
    nothing()
  })
})

describe('a batch in a change', () => {
  it('is created, filled and sealed together with records and jobs', async () => {
    const id = '00000000-0000-4000-8000-000000000001'
    await commit({ batches: [batch({ id, open: true, onFinished: callback(after, { month: '2026-11' }) })] })
    await commit({ jobs: requests(1), batches: [addToBatch(id, requests(2)), sealBatch(id)] })
    expect(await view(id)).toMatchObject({ status: 'running', total: 2, pending: 2 })
    const members = store.items('outbox').filter((item) => item.batch !== undefined)
    for (const member of members) await endAndSettle(String(member.id))
    expect(payloads()).toMatchObject([{ month: '2026-11', batch: { id, total: 2 } }])
  })

  it('is refused with the reason if it cannot be written', async () => {
    const id = '00000000-0000-4000-8000-000000000001'
    const refuse = (change: Change, message: RegExp) => expect(commit(change)).rejects.toThrow(message)
    await refuse({ batches: [addToBatch(id, requests(1))] }, /There is no batch/)
    await refuse({ batches: [sealBatch(id)] }, /There is no batch/)
    await refuse({ batches: [batch({ id: 'x', open: true })] }, /must be a UUID/)
    await refuse({ batches: [addToBatch(id, [])] }, /There is no batch|at least one/)
    await commit({ batches: [batch({ id, jobs: requests(1) })] })
    await refuse({ batches: [batch({ id, jobs: requests(1) })] }, /exists already/)
    await refuse({ batches: [addToBatch(id, requests(1))] }, /was sealed at/)
    await refuse({ batches: [sealBatch(id)] }, /was sealed at/)
    await expect(commit({ batches: [sealBatch(id)] })).rejects.toBeInstanceOf(BatchRefusedError)
    expect(store.items('outbox')).toHaveLength(1)
  })

  it('of a job is committed with its completion, and a second addition is refused for good', async () => {
    const { body } = await ask('POST', '/batches', { open: true, jobs: jobs(1) })
    const [job = ''] = idsOf({ body })
    returned = { batches: [addToBatch(body.id, requests(2)), batch({ jobs: requests(99 - 2 - 1 - 2) })] }
    const effect = await claim(job)
    const attempt = {
      envelope: envelopeOf(job),
      effect,
      owner: effect.owner ?? '',
      deadline: clock.now().getTime() + hour,
    }
    const deps = { ...depsOn(store), services: {} as Services, lifetimes, observe: () => {} }
    expect(await runAttempt(deps as never, attempt)).toBe('committed')
    expect(await view(body.id)).toMatchObject({ total: 3 })
    await ask('POST', `/batches/${body.id}/seal`)
    const again = await ask('POST', '/batches', { open: true, jobs: jobs(1) })
    const [late = ''] = idsOf(again)
    const other = await claim(late)
    const second = { ...attempt, envelope: envelopeOf(late), effect: other, owner: other.owner ?? '' }
    await expect(runAttempt(deps as never, second)).rejects.toBeInstanceOf(ChangeRefusedError)
  })

  it('leaves out members that are merged into a job that stands, and ends without them', async () => {
    await commit({ jobs: [request(once, { n: 1 })] })
    const id = '00000000-0000-4000-8000-000000000001'
    const result = await commit({
      batches: [batch({ id, jobs: [request(once, { n: 1 })], onFinished: callback(after, { month: '2026-11' }) })],
    })
    expect(result).toMatchObject({ kind: 'committed', jobs: [{ merged: true }] })
    expect(payloads()).toMatchObject([{ batch: { total: 0, succeeded: 0 } }])
    const mixed = [request(once, { n: 1 }), request(work, { n: 2 }), request(once, { n: 3 }), request(once, { n: 3 })]
    const { body } = { body: await commit({ batches: [batch({ jobs: mixed })] }) }
    expect(body).toMatchObject({ jobs: [{ merged: true }, {}, {}, { merged: true }] })
  })
})

describe('the reconciler', () => {
  const reconcile = () => reconcileBatches(depsOn(store), Number.POSITIVE_INFINITY)

  it('settles members whose end nobody has settled', async () => {
    const answer = await ask('POST', '/batches', { jobs: jobs(3), onFinished })
    const [first = '', second = '', third = ''] = idsOf(answer)
    await end(first)
    await end(second, 'dead')
    await end(third)
    clock.advance(2 * hour)
    await reconcile()
    expect(payloads()).toMatchObject([{ batch: { total: 3, succeeded: 2, dead: 1 } }])
  })

  it('checks the other batches although one cannot be read, and names that one', async () => {
    const broken = (await ask('POST', '/batches', { jobs: jobs(1) })).body.id
    const answer = await ask('POST', '/batches', { jobs: jobs(1), onFinished })
    await end(idsOf(answer)[0] ?? '')
    clock.advance(2 * hour)
    const failing: Store = {
      ...store,
      async get(table, key) {
        if (String(key.pk).includes(broken)) throw new Error('the table failed')
        return store.get(table, key)
      },
    }
    const found = await reconcileBatches(depsOn(failing), Number.POSITIVE_INFINITY)
    expect(found).toEqual({ unsealed: [], unchecked: [`${broken}: Error: the table failed`], complete: true })
    expect(callbacks()).toHaveLength(1)
  })

  it('names open batches that nobody has sealed for a day', async () => {
    const { body } = await ask('POST', '/batches', { open: true, jobs: jobs(1) })
    clock.advance(23 * hour)
    expect((await reconcile()).unsealed).toEqual([])
    clock.advance(2 * hour)
    expect((await reconcile()).unsealed).toEqual([body.id])
    await ask('POST', `/batches/${body.id}/seal`)
    expect((await reconcile()).unsealed).toEqual([])
  })

  /** The process dies at the transaction of its jobs: before it, or its answer is lost. */
  const failing = (isWritten: boolean): Store => ({
    ...store,
    async transact(writes, token) {
      if (isWritten) await store.transact(writes, token)
      throw new Error('the process died')
    },
  })

  it('takes members out that were announced ahead of a transaction which never came', async () => {
    const { body } = await ask('POST', '/batches', { open: true, jobs: jobs(1), onFinished })
    const add = (through: Store) => ask('POST', `/batches/${body.id}/jobs`, { jobs: jobs(mostJobs) }, 'k', through)
    await expect(add(failing(false))).rejects.toThrow('died')
    expect(await view(body.id)).toMatchObject({ total: 101, pending: 101 })
    await add(store)
    await ask('POST', `/batches/${body.id}/seal`)
    for (const { id, batch } of store.items('outbox')) if (batch) await endAndSettle(String(id))
    expect(await view(body.id)).toMatchObject({ total: 201, pending: 100, status: 'running' })
    clock.advance(2 * hour)
    await reconcile()
    expect(payloads()).toMatchObject([{ batch: { total: 101, succeeded: 101 } }])
  })

  it('removes a batch that was written ahead of a transaction which never came, without a callback', async () => {
    const create = (through: Store) => ask('POST', '/batches', { jobs: jobs(mostJobs), onFinished }, 'k', through)
    await expect(create(failing(false))).rejects.toThrow('died')
    clock.advance(2 * hour)
    await reconcile()
    expect([callbacks(), store.items('effects').filter(({ batches }) => batches)]).toEqual([[], []])
  })

  it('keeps a batch that was written ahead if the answer of its transaction alone was lost', async () => {
    const create = (through: Store) => ask('POST', '/batches', { jobs: jobs(mostJobs), onFinished }, 'k', through)
    await expect(create(failing(true))).rejects.toThrow('died')
    clock.advance(2 * hour)
    await reconcile()
    const again = await create(store)
    expect(await view(again.body.id)).toMatchObject({ total: 100, pending: 100 })
    for (const id of idsOf(again)) await endAndSettle(id)
    expect(payloads()).toMatchObject([{ batch: { total: 100, succeeded: 100 } }])
  })
})

it('the items of a batch of many requests stay small, so that a write to them costs little', async () => {
  const { body } = await ask('POST', '/batches', { open: true, onFinished })
  for (let n = 0; n < 100; n++) await ask('POST', `/batches/${body.id}/jobs`, { jobs: jobs(mostJobs) })
  const shards = store.items('effects').filter(({ members }) => members !== undefined)
  const sizes = shards.map((shard) => itemSize(shard))
  // A write unit is 1 KiB: most shards have the members of one request.
  expect(sizes.filter((size) => size <= 1_024).length).toBeGreaterThan(shards.length * 0.9)
  expect(shards.reduce((sum, { members }) => sum + Number(members), 0)).toBe(10_000)
  const whole = store.items('effects').find(({ batches }) => batches !== undefined)
  expect(itemSize(whole ?? {})).toBeLessThan(2_048)
})
