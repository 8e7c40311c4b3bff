/** `POST /jobs/{id}/replay {payload}`: a dead or cancelled job becomes a new one with another payload. */
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { jobActions } from '../../functions/api/routes/jobs/actions.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { claimWrite, reclaimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { dieWrite } from '../../shared/execution/effect/end-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import type { Outgoing, Store, TransactionResult } from '../../shared/lib/ports.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { sendAgain } from '../../shared/recovery/redrive.ts'
import { apiOf } from '../support/api.ts'
import { lanes } from '../support/app.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const line = z.object({ sku: z.string(), note: z.string().optional() })
const schema = z.object({
  orderId: z.string(),
  email: z.email(),
  total: z.int(),
  customer: z.object({ name: z.string(), city: z.string() }).optional(),
  lines: z.array(line).default([]),
})
type Payload = z.input<typeof schema>
const base = { schema, redact: ['email', 'customer.name', 'lines.note'], run: () => undefined }
const mail = defineJob({ ...base, type: 'mail' })
const step = defineJob({ ...base, type: 'step', lane: 'ordered', group: ({ orderId }: Payload) => orderId })
const only = defineJob({
  ...{ ...base, type: 'only' },
  unique: { key: ({ orderId }: Payload) => orderId, until: 'finished' },
})
const registry = defineRegistry([mail, step, only], lanes)
const types = { mail, step, only }
const payload: Payload = {
  orderId: 'o-1',
  email: 'ann@example.com',
  total: 5,
  customer: { name: 'Ann', city: 'Bern' },
  lines: [
    { sku: 'a', note: 'for mum' },
    { sku: 'b', note: 'for dad' },
  ],
}
const hidden = '[redacted]'
/** As the API shows it. */
const shown = {
  ...payload,
  email: hidden,
  customer: { name: hidden, city: 'Bern' },
  lines: [
    { sku: 'a', note: hidden },
    { sku: 'b', note: hidden },
  ],
}

let ids: ReturnType<typeof simIds>
let clock: SimClock
let store: MemoryStore
let removed: string[]
beforeEach(() => {
  ids = simIds()
  clock = simClock()
  store = memoryStore(clock)
  removed = []
})

const deps = (through: Store = store) => ({ store: through, clock, ids, registry, outboxLifetime: 1e6 })

async function written(type: keyof typeof types = 'mail', options = {}): Promise<string> {
  const made = await commitRequest(
    deps(),
    { id: ids.fresh(), now: clock.now() },
    { jobs: [request(types[type], payload, options)] },
  )
  if (made.kind !== 'committed') throw new Error(made.kind)
  return made.jobs[0]?.id ?? ''
}

const claimOf = (id: string) => ({
  ...{ jobId: id, type: 'mail', lane: 'default', owner: 'o', now: clock.now(), createdAt: clock.now().toISOString() },
  ...{ leaseUntil: clock.now().getTime() + 16_000, maxAttempts: 1, onCrash: 'retry' as const, expiresAt: 2e9 },
})

async function die(id: string): Promise<void> {
  await store.write(claimWrite(claimOf(id)))
  const failed = { jobId: id, owner: 'o', now: clock.now(), expiresAt: 2e9, attempt: 1, error: 'no', failures: [] }
  await store.write(dieWrite(failed))
}

async function deadJob(type: keyof typeof types = 'mail', options = {}): Promise<string> {
  const id = await written(type, options)
  await die(id)
  clock.advance(1_000)
  return id
}

async function ask(id: string, body: unknown, { key, through = store }: { key?: string; through?: Store } = {}) {
  const queue = {
    receive: async () => [],
    remove: async () => {},
    release: async () => void removed.push('tidied'),
  }
  const named = { ...deps(through), sender: { send }, logAction: () => {}, deadLetters: () => queue }
  return apiOf(jobActions, { ...memoryReader(store), ...named })({
    ...{ method: 'POST', path: `/jobs/${id}/replay`, body, key },
  })
}
const send = async (_: string, messages: readonly Outgoing[]) => messages.map(() => ({ kind: 'sent' as const }))

const effectOf = (id: string) => store.peek('effects', { pk: id }) as unknown as Effect
function envelopeOf(id: string) {
  const decoded = decodeItem(store.peek('outbox', outboxKey(id)) ?? {})
  if (decoded.kind === 'malformed') throw new Error(decoded.reason)
  return decoded.envelope
}
const others = (id: string) => store.items('outbox').filter((item) => item.id !== id)

describe('a dead job that is replayed with another payload', () => {
  it('is cancelled, and a new job has the payload; each names the other', async () => {
    const id = await deadJob()
    const { status, body, headers } = await ask(id, { payload: { ...payload, total: 6 } })
    expect([status, body.type, body.status]).toEqual([202, 'mail', 'pending'])
    expect(headers.location).toBe(`/jobs/${body.id}`)
    expect(envelopeOf(body.id)).toMatchObject({ replayOf: id, payload: { ...payload, total: 6 }, lane: 'default' })
    expect(effectOf(id)).toMatchObject({ state: 'cancelled', replayedAs: body.id })
    expect(effectOf(id)).not.toHaveProperty('failing')
    expect(effectOf(body.id)).toBeUndefined()
    expect(removed).toEqual(['tidied'])
  })

  it('never runs again: no replay, redrive or dead letter that was put back makes it', async () => {
    const id = await deadJob()
    const before = effectOf(id)
    const { body } = await ask(id, { payload })
    const again = await ask(id, undefined)
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining(`as job "${body.id}"`)])
    expect((await ask(id, { payload })).status).toBe(409)
    const redrive = { ...memoryReader(store), ...deps(), sender: { send }, deadLetters: () => undefined }
    expect(await sendAgain(redrive, [before])).toMatchObject([{ outcome: 'lost' }])
    expect((await store.write(reclaimWrite(claimOf(id), before))).kind).toBe('refused')
    expect((await store.write(claimWrite(claimOf(id)))).kind).toBe('refused')
    expect(effectOf(id)).toMatchObject({ state: 'cancelled', replayedAs: body.id })
  })

  it('keeps its lane, its group and its tenant, and what follows from the payload follows from the new one', async () => {
    const own = await deadJob('mail', { tenant: 'acme' })
    expect(envelopeOf((await ask(own, { payload })).body.id)).toMatchObject({ tenant: 'acme' })
    const grouped = await deadJob('step')
    const { body } = await ask(grouped, { payload: { ...payload, orderId: 'o-2' } })
    expect(body.id).toMatch(/^o-2~/)
    expect(envelopeOf(body.id)).toMatchObject({ lane: 'ordered', group: 'o-2' })
    const chosen = await deadJob('step', { group: 'mine' })
    expect((await ask(chosen, { payload: { ...payload, orderId: 'o-2' } })).body.id).toMatch(/^mine~/)
  })
})

describe('a cancelled job that is replayed with another payload', () => {
  it('keeps a start that is still ahead', async () => {
    const runAt = new Date(clock.now().getTime() + 3_600_000)
    const id = await written('mail', { runAt })
    await apiOf(jobActions, { ...deps(), logAction: () => {} })({ method: 'POST', path: `/jobs/${id}/cancel` })
    const { status, body } = await ask(id, { payload })
    expect([status, body.status]).toEqual([202, 'scheduled'])
    expect(envelopeOf(body.id).runAt).toBe(runAt.toISOString())
    expect((await ask(id, undefined)).status).toBe(409)
  })
})

describe('what the operator did not see', () => {
  const sent = async (edited: unknown) => {
    const id = await deadJob()
    const { status, body } = await ask(id, { payload: edited })
    return status === 202 ? envelopeOf(body.id).payload : body.errors
  }

  it('is as it was where its placeholder stands', async () => {
    expect(await sent({ ...shown, total: 9 })).toEqual({ ...payload, total: 9 })
    expect(await sent({ ...shown, customer: { name: hidden, city: 'Basel' } })).toEqual({
      ...payload,
      customer: { name: 'Ann', city: 'Basel' },
    })
  })

  it('is as the operator says where they give a value, or leave it out', async () => {
    expect(await sent({ ...shown, email: 'bob@example.com' })).toEqual({ ...payload, email: 'bob@example.com' })
    const { customer: _, ...without } = shown
    expect(await sent(without)).not.toHaveProperty('customer')
  })

  it('stays with its element of a list, and with no other', async () => {
    const [first, second] = shown.lines
    expect(await sent({ ...shown, lines: [first, { sku: 'c' }] })).toEqual({
      ...payload,
      lines: [payload.lines?.[0], { sku: 'c' }],
    })
    const unknown = (path: string) => [{ path, message: expect.stringContaining('placeholder for a hidden value') }]
    expect(await sent({ ...shown, lines: [second, first] })).toEqual([
      ...unknown('payload.lines.0.note'),
      ...unknown('payload.lines.1.note'),
    ])
    expect(await sent({ ...shown, lines: [{ ...first, sku: 'z' }] })).toEqual(unknown('payload.lines.0.note'))
    expect(await sent({ ...shown, orderId: hidden })).toEqual(unknown('payload.orderId'))
  })

  it('is not in the answer, nor in the trail of actions', async () => {
    const id = await deadJob()
    const { body } = await ask(id, { payload: { ...shown, email: 'no address' } })
    expect(JSON.stringify(body)).not.toContain('ann@example.com')
    const [action] = store.items('records')
    expect(action).toMatchObject({ action: 'replay job with another payload', detail: id })
    expect(JSON.stringify(action)).not.toContain('no address')
  })
})

describe('a payload', () => {
  it('that does not fit is refused with its paths, and nothing is written', async () => {
    const id = await deadJob()
    const { status, body } = await ask(id, { payload: { ...payload, total: 'many', email: 'no' } })
    expect([status, body.errors.map(({ path }: { path: string }) => path)]).toEqual([
      422,
      ['payload.email', 'payload.total'],
    ])
    expect(others(id)).toEqual([])
    expect(effectOf(id).state).toBe('dead')
  })

  it.each([[{ payload, more: 1 }], [[]], ['text']])('in a body %j is refused', async (body) => {
    const id = await deadJob()
    expect((await ask(id, body)).status).toBeGreaterThanOrEqual(400)
    expect(others(id)).toEqual([])
  })

  it.each(['pending', 'running', 'succeeded'])('for a job that is %s is refused', async (status) => {
    const id = await written()
    if (status !== 'pending') await store.write(claimWrite(claimOf(id)))
    if (status === 'succeeded')
      await store.write({
        ...{ op: 'update', table: 'effects', key: { pk: id } },
        update: { text: 'SET #s = :s', names: { '#s': 'state' }, values: { ':s': 'succeeded' } },
      })
    const { status: code, body } = await ask(id, { payload })
    expect([code, body.detail]).toEqual([409, expect.stringContaining(`is ${status}: only a dead or cancelled`)])
  })

  it('may be left out: then the job itself runs again', async () => {
    for (const body of [undefined, {}]) {
      const id = await deadJob()
      expect((await ask(id, body)).body).toEqual({ id, type: 'mail', status: 'retrying' })
    }
  })
})

describe('of several requests', () => {
  it('of two operators one wins', async () => {
    const id = await deadJob()
    const answers = await Promise.all([ask(id, { payload }), ask(id, { payload: { ...payload, total: 7 } })])
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
    expect(others(id)).toHaveLength(1)
  })

  it('with one key the second gets the first answer, and another body is refused', async () => {
    const id = await deadJob()
    const first = await ask(id, { payload }, { key: 'k' })
    const second = await ask(id, { payload }, { key: 'k' })
    expect([second.status, second.body]).toEqual([202, first.body])
    expect(second.headers['idempotency-replayed']).toBe('true')
    expect((await ask(id, { payload: { ...payload, total: 8 } }, { key: 'k' })).status).toBe(422)
    expect((await ask(id, { payload }, { key: 'other' })).status).toBe(409)
    expect(others(id)).toHaveLength(1)
  })

  /** A store that loses answers of transactions, after or before they are written. */
  const losing = (isWritten: boolean, count: number): Store => {
    let left = count
    return {
      ...store,
      async transact(writes, token): Promise<TransactionResult> {
        if (left-- <= 0) return store.transact(writes, token)
        if (isWritten) await store.transact(writes, token)
        return { kind: 'busy', reason: 'lost', mayBeWritten: true }
      },
    }
  }

  it.each([
    ['was written', true, 1],
    ['was not written', false, 1],
    ['was written, and none came', true, 1_000],
  ])('one whose answer was lost and that %s is done once', async (_, isWritten, count) => {
    const id = await deadJob()
    const { status, body } = await ask(id, { payload }, { through: losing(isWritten, count) })
    expect([status, others(id).map((item) => item.id)]).toEqual([202, [body.id]])
  })

  it('one that nobody knows the end of says so', async () => {
    const id = await deadJob()
    expect((await ask(id, { payload }, { through: losing(false, 1_000) })).status).toBe(503)
    expect(others(id)).toEqual([])
  })
})

describe('a unique job', () => {
  it('takes its key, and is held while another job of its key stands', async () => {
    const id = await deadJob('only')
    const standing = await written('only')
    const refused = await ask(id, { payload })
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining(`job "${standing}" has its`)])
    expect(effectOf(id).state).toBe('dead')
    expect(others(id)).toHaveLength(1)
    const { status, body } = await ask(id, { payload: { ...payload, orderId: 'o-9' } })
    expect(status).toBe(202)
    const next = await commitRequest(
      deps(),
      { id: ids.fresh(), now: clock.now() },
      { jobs: [request(only, { ...payload, orderId: 'o-9' })] },
    )
    expect(next).toMatchObject({ kind: 'committed', jobs: [{ id: body.id, merged: true }] })
  })
})
