/** Several operators who do the same, or the opposite, at the same time: each thing is done once, and each is told the truth. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { beforeEach, describe, expect, it } from 'vitest'
import { createCache } from '../../functions/api/cache.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { router } from '../../functions/api/router.ts'
import { routesOf } from '../../functions/api/routes.ts'
import type { LaneState } from '../../functions/aws/lane-control.ts'
import { request } from '../../shared/define/job.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Outgoing, SendResult } from '../../shared/lib/ports.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { lanePausePartition, notePause } from '../../shared/recovery/lane-pause.ts'
import { appWith, jobType } from '../support/app.ts'
import { memoryRecords } from '../support/app-services.ts'
import { allEffects, memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const ids = simIds()
const routes = routesOf([], { probes: false })
let clock: SimClock
let store: MemoryStore
let sent: string[]
let lane: { state: LaneState; switched: boolean[]; asked: number; refuses?: boolean }
let takes: boolean
/** One process of the API. */
let api: ApiDeps
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  sent = []
  lane = { state: 'running', switched: [], asked: 0 }
  api = deps()
  takes = true
})

function deps(): ApiDeps {
  const send = async (_: string, messages: readonly Outgoing[]): Promise<SendResult[]> => {
    if (takes) sent.push(...messages.map(({ body }) => JSON.parse(body).id))
    return messages.map(() => (takes ? { kind: 'sent' } : { kind: 'failed', reason: 'InternalError' }))
  }
  const core = { store, clock, ids, registry, authorization: { type: 'iam' } }
  const redrive = { sender: { send }, ...memoryReader(store), deadLetters: () => undefined }
  const control = {
    async state() {
      lane.asked++
      return lane.state
    },
    async setRunning(_: string, running: boolean) {
      if (lane.refuses) throw Object.assign(new Error('in use'), { name: 'ResourceInUseException' })
      lane.switched.push(running)
      lane.state = running ? 'running' : 'paused'
      return lane.state
    },
  }
  const cache = createCache(() => clock.now().getTime())
  const records = memoryRecords(store)
  return { ...core, ...redrive, control, cache, records, logAction: () => {} } as unknown as ApiDeps
}

async function ask(
  path: string,
  { body, by = 'ann', method = 'POST', at = api }: { body?: object; by?: string; method?: string; at?: ApiDeps } = {},
) {
  const event = {
    rawPath: path,
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method }, authorizer: { iam: { userArn: by } } },
    body: JSON.stringify(body ?? {}),
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2
  const answer = await router(routes, at, (fault) => {
    if (!lane.refuses) throw fault
  })(event)
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? '') }
}

async function job(state: 'dead' | 'cancelled' | 'waiting'): Promise<string> {
  const id = ids.fresh()
  const now = clock.now()
  await store.write(
    outboxWrite(
      { ...request(jobType(registry, 'work'), { label: 'x' }), id },
      { now, hops: 0, outboxLifetime: 1 },
      registry,
    ),
  )
  const common = { jobId: id, owner: 'o', now, expiresAt: 0, type: 'work', lane: 'default' }
  if (state === 'dead') {
    await store.write(claimWrite({ ...common, leaseUntil: now.getTime() + 1, maxAttempts: 1, onCrash: 'retry' }))
    await store.write(dieWrite({ ...common, attempt: 1, error: 'Error: no', failures: [] }))
  }
  if (state === 'cancelled') await store.write(cancelWrite({ ...common, pk: id }, now))
  return id
}

const stateOf = (id: string) => allEffects(store).find(({ pk }) => pk === id)?.state
const statuses = (answers: readonly { status: number | undefined }[]) => answers.map(({ status }) => status).sort()

describe.each(['dead', 'cancelled'] as const)('a %s job', (state) => {
  it('that several operators replay is sent once; the others are told that it is no longer there', async () => {
    const id = await job(state)
    const answers = await Promise.all([1, 2, 3].map(() => ask(`/jobs/${id}/replay`)))
    expect(statuses(answers)).toEqual([202, 409, 409])
    expect(sent).toEqual([id])
  })

  it('whose message SQS does not take waits as retrying: the replay is written, and a second one is a conflict', async () => {
    const id = await job(state)
    takes = false
    expect(await ask(`/jobs/${id}/replay`)).toMatchObject({ status: 202, body: { status: 'retrying' } })
    expect(stateOf(id)).toBe('retrying')
    expect(await ask(`/jobs/${id}/replay`)).toMatchObject({ status: 409 })
  })
})

it('a job that is replayed and redriven at once is sent once', async () => {
  const id = await job('dead')
  const [redriven, replayed] = await Promise.all([
    ask('/dead-letters/redrive', { body: { ids: [id] } }),
    ask(`/jobs/${id}/replay`),
  ])
  expect(sent).toEqual([id])
  expect(redriven.body.moved).toBe(replayed.status === 202 ? 0 : 1)
})

it('a cancelled job that is replayed and cancelled at once ends in one of both, and never runs after a cancel that won', async () => {
  const id = await job('cancelled')
  const [replay, cancel] = await Promise.all([ask(`/jobs/${id}/replay`), ask(`/jobs/${id}/cancel`)])
  expect(cancel.status).toBe(200)
  expect([202, 409]).toContain(replay.status)
  expect(['cancelled', 'retrying']).toContain(stateOf(id))
})

describe('a lane that several operators pause', () => {
  it('keeps the note of the first, and tells the others of it', async () => {
    const first = await ask('/lanes/default/pause', { by: 'ann' })
    clock.advance(1_000)
    const second = await ask('/lanes/default/pause', { by: 'bob' })
    expect(first).toMatchObject({ status: 200, body: { state: 'paused', pausedBy: 'ann' } })
    expect(second).toMatchObject({
      status: 200,
      body: { state: 'paused', pausedBy: 'ann', pausedAt: first.body.pausedAt },
    })
    expect(lane.switched).toEqual([false])
    const all = await Promise.all(['ann', 'bob', 'cy'].map((by) => ask('/lanes/default/pause', { by })))
    expect(new Set(all.map(({ body }) => body.pausedBy))).toEqual(new Set(['ann']))
  })

  it('keeps the reason of a circuit breaker', async () => {
    const note = { lane: 'default', by: 'circuit breaker', at: clock.now().toISOString(), reason: '20 failures' }
    await notePause(store, note, false)
    lane.state = 'paused'
    const answer = await ask('/lanes/default/pause', { by: 'ann' })
    expect(answer.body).toMatchObject({ pausedBy: 'circuit breaker', pauseReason: '20 failures' })
    expect(await notePause(store, { ...note, by: 'again' }, true)).toEqual(note)
  })

  it('gets a new note when an old one is left of a pause that ended without the API', async () => {
    await ask('/lanes/default/pause', { by: 'ann' })
    lane.state = 'running'
    clock.advance(3_600_000)
    expect(await ask('/lanes/default/pause', { by: 'bob' })).toMatchObject({ body: { pausedBy: 'bob' } })
    expect(lane.state).toBe('paused')
  })

  it('runs again after a resume, and the next pause is noted anew', async () => {
    await ask('/lanes/default/pause', { by: 'ann' })
    await Promise.all([ask('/lanes/default/resume'), ask('/lanes/default/resume')])
    expect(lane.state).toBe('running')
    expect(await ask('/lanes/default/pause', { by: 'bob' })).toMatchObject({ body: { pausedBy: 'bob' } })
  })
})

const notes = () => store.items('records').filter(({ pk }) => pk === lanePausePartition)

describe('a lane that is resumed', () => {
  it('keeps the note of its pause while Lambda refuses to switch it', async () => {
    await ask('/lanes/default/pause', { by: 'ann' })
    lane.refuses = true
    expect(await ask('/lanes/default/resume')).toMatchObject({ status: 503 })
    expect(notes()).toMatchObject([{ by: 'ann' }])
    lane.refuses = false
    expect(await ask('/lanes/default/resume')).toMatchObject({ status: 200, body: { state: 'running' } })
    expect(notes()).toEqual([])
  })

  it('keeps the note of a pause that came while it was resumed', async () => {
    await ask('/lanes/default/pause', { by: 'ann' })
    const { control } = api
    const pausing: ApiDeps = {
      ...api,
      control: {
        ...control,
        async setRunning(name, running) {
          const state = await control.setRunning(name, running)
          if (running) {
            clock.advance(3_600_000)
            await ask('/lanes/default/pause', { by: 'bob' })
          }
          return state
        },
      },
    }
    await ask('/lanes/default/resume', { at: pausing })
    expect(lane.state).toBe('paused')
    expect(notes()).toMatchObject([{ by: 'bob' }])
  })

  it.each(['running', 'changing'] as const)(
    'by a deploy, and is %s, gets a new note with the next pause',
    async (state) => {
      await ask('/lanes/default/pause', { by: 'ann' })
      clock.advance(3_600_000)
      lane.state = state
      expect(await ask('/lanes/default/pause', { by: 'bob' })).toMatchObject({
        body: { pausedBy: 'bob', state: 'paused' },
      })
    },
  )

  it('not by a deploy, keeps its note', async () => {
    await ask('/lanes/default/pause', { by: 'ann' })
    clock.advance(3_600_000)
    expect(await ask('/lanes/default/pause', { by: 'bob' })).toMatchObject({
      body: { pausedBy: 'ann', state: 'paused' },
    })
  })
})

describe('the list of lanes', () => {
  const listed = async (at = api) => (await ask('/lanes', { method: 'GET', at })).body.lanes[0]

  it('asks Lambda once in ten seconds, however many look', async () => {
    await Promise.all([listed(), listed(), listed()])
    clock.advance(9_999)
    await listed()
    expect(lane.asked).toBe(2)
    clock.advance(1)
    await listed()
    expect(lane.asked).toBe(4)
  })

  it('shows a pause and a resume at once, also those of another process', async () => {
    const other = deps()
    expect([await listed(), await listed(other)]).toMatchObject([{ state: 'running' }, { state: 'running' }])
    await ask('/lanes/default/pause', { by: 'ann' })
    expect([await listed(), await listed(other)]).toMatchObject([
      { state: 'paused', pausedBy: 'ann' },
      { state: 'paused', pausedBy: 'ann' },
    ])
    await ask('/lanes/default/resume', { at: other })
    expect([await listed(), await listed(other)]).toMatchObject([{ state: 'running' }, { state: 'running' }])
  })

  it('asks again while a lane is being switched', async () => {
    lane.state = 'changing'
    expect(await listed()).toMatchObject({ state: 'changing' })
    lane.state = 'paused'
    expect(await listed()).toMatchObject({ state: 'paused' })
  })

  it('asks again for a lane that is noted as paused and not yet switched', async () => {
    await notePause(store, { lane: 'default', by: 'circuit breaker', at: clock.now().toISOString() }, false)
    expect(await listed()).toMatchObject({ state: 'running' })
    lane.state = 'paused'
    expect(await listed()).toMatchObject({ state: 'paused', pausedBy: 'circuit breaker' })
  })
})
