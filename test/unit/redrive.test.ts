import { beforeEach, describe, expect, it } from 'vitest'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite, dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { LaneSender } from '../../shared/lib/ports.ts'
import type { Write } from '../../shared/lib/write.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { countMatches, type RedriveDeps, redrive } from '../../shared/recovery/redrive.ts'
import { isStale, tidy } from '../../shared/recovery/tidy.ts'
import { appWith, lanes } from '../support/app.ts'
import { allEffects as effectsOf, memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'
import { type SimLane, simDeadLetters, simSender } from '../support/sim-lanes.ts'
import { simQueue } from '../support/sim-queue.ts'

let clock: SimClock
let store: MemoryStore
let laneMap: Map<string, SimLane>
let known: Envelope[]
const ids = simIds()
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  known = []
  laneMap = new Map(
    lanes.map(({ name, kind }) => {
      const fifo = kind === 'ordered'
      return [name, { fifo, queue: simQueue({ clock, fifo }), deadLetters: simQueue({ clock, fifo }) }]
    }),
  )
})
const lane = (name = 'default') => laneMap.get(name) as SimLane
const allEffects = () => effectsOf(store)
const later = () => clock.now().getTime() + 9_000

function deps(rest: Partial<RedriveDeps> = {}): RedriveDeps {
  return {
    store,
    clock,
    ids,
    registry: appWith(),
    sender: simSender(laneMap),
    ...memoryReader(store),
    envelopes: async (wanted) => known.filter(({ id }) => wanted.includes(id)),
    deadLetters: (name) => simDeadLetters(lane(name)),
    ...rest,
  }
}

async function* dead() {
  yield allEffects().filter(({ state }) => state === 'dead')
}

const end = (jobId: string) => ({
  jobId,
  owner: 'o',
  now: clock.now(),
  expiresAt: 0,
  attempt: 1,
  error: 'Error: no',
  failures: [],
})
const deadLetterOf = (envelope: Envelope, deaths = 1) =>
  lane(envelope.lane).deadLetters.send({
    body: JSON.stringify(envelope),
    deaths,
    groupId: envelope.group,
    dedupId: envelope.id,
  })

/** A job in a state, and its dead letter if it died. */
async function job(state: 'running' | 'dead', group?: string): Promise<Envelope> {
  const id = (group ? `${group}~` : '') + ids.fresh()
  const fixed = { v: 1, version: 1, payload: {}, hops: 0, createdAt: clock.now().toISOString() } as const
  const where = group ? { type: 'step', lane: 'ordered', group } : { type: 'work', lane: 'default' }
  const envelope = { ...fixed, ...where, id }
  known.push(envelope)
  await store.write(claimWrite({ ...end(id), ...where, leaseUntil: later(), maxAttempts: 1, onCrash: 'retry' }))
  if (state === 'dead') {
    deadLetterOf(envelope)
    await store.write(dieWrite(end(id)))
  }
  return envelope
}

describe('a redrive', () => {
  it('sends each dead job to its lane again, with a fresh budget, and takes its dead letter away', async () => {
    await job('dead')
    await job('dead', 'g')
    expect(await redrive(deps(), dead(), later())).toEqual({ matched: 2, moved: 2, complete: true })
    for (const name of ['default', 'ordered']) {
      expect(lane(name).queue.messages).toMatchObject([{ deaths: 1 }])
      expect(lane(name).deadLetters.messages).toEqual([])
    }
    expect(allEffects().map(({ state, budget }) => [state, budget])).toEqual([
      ['retrying', 3],
      ['retrying', 3],
    ])
  })

  it('sends in tens, and counts what it would do', async () => {
    for (let i = 0; i < 23; i++) await job('dead')
    expect(await countMatches(dead())).toBe(23)
    const sizes: number[] = []
    const sender: LaneSender = {
      async send(_, list) {
        sizes.push(list.length)
        return list.map(() => ({ kind: 'sent' }))
      },
    }
    expect(await redrive(deps({ sender }), dead(), later())).toMatchObject({ moved: 23 })
    expect(sizes).toEqual([10, 10, 3])
  })

  it('leaves a job that its lane did not take as retrying, for the reconciler, and says so', async () => {
    const [refused] = [await job('dead'), await job('dead')]
    const tries: string[] = []
    const sender: LaneSender = {
      async send(_, list) {
        tries.push(...list.map(({ body }) => JSON.parse(body).id))
        return list.map(({ body }) => (body.includes(refused.id) ? { kind: 'failed', reason: '' } : { kind: 'sent' }))
      },
    }
    const result = await redrive(deps({ sender }), dead(), later())
    expect(result).toEqual({ matched: 2, moved: 1, unsent: 1, complete: true })
    expect(allEffects().map(({ state }) => state)).toEqual(['retrying', 'retrying'])
    expect(tries.filter((id) => id === refused.id)).toHaveLength(2)
  })

  it('sends nothing for a job that moved on, or died again, since it was read', async () => {
    const { id } = await job('dead')
    const [stale] = allEffects()
    for (const now of [{ state: 'running', owner: 'quick' }, { deaths: 2 }, { state: 'succeeded' }]) {
      await store.write({ op: 'put', table: 'effects', item: { ...stale, pk: id, ...now } })
      const read = async function* () {
        yield [stale!]
      }
      expect(await redrive(deps(), read(), later())).toMatchObject({ matched: 1, moved: 0 })
      expect(allEffects()).toMatchObject([now])
      expect(lane().queue.messages).toEqual([])
    }
  })

  it('sends what it took when the write of another job fails, and then tells of the fault', async () => {
    const [failing, other] = [await job('dead'), await job('dead')]
    const faulty = {
      ...store,
      async write(write: Write) {
        if (write.op === 'update' && write.key.pk === failing.id) throw new Error('throttled')
        return store.write(write)
      },
    }
    await expect(redrive(deps({ store: faulty }), dead(), later())).rejects.toThrow('throttled')
    expect(lane().queue.messages.map(({ body }) => JSON.parse(body).id)).toEqual([other.id])
    expect(allEffects().map(({ state }) => state)).toEqual(['dead', 'retrying'])
  })

  it('whose write went through although its answer was lost sends the job', async () => {
    await job('dead')
    const repeating = {
      ...store,
      async write(write: Write) {
        await store.write(write)
        return store.write(write)
      },
    }
    expect(await redrive(deps({ store: repeating }), dead(), later())).toMatchObject({ moved: 1 })
    expect(lane().queue.messages).toHaveLength(1)
  })

  it('sends each job once when several operators redrive at the same time', async () => {
    for (let i = 0; i < 25; i++) await job('dead', i % 5 === 0 ? `g${i}` : undefined)
    const page = allEffects().filter(({ state }) => state === 'dead')
    const read = async function* () {
      yield page
    }
    const results = await Promise.all([1, 2, 3].map(() => redrive(deps(), read(), later())))
    expect(results.reduce((sum, { moved }) => sum + moved, 0)).toBe(25)
    const sent = ['default', 'ordered'].flatMap((name) =>
      lane(name).queue.messages.map(({ body }) => JSON.parse(body).id),
    )
    expect(new Set(sent).size).toBe(25)
    expect(sent).toHaveLength(25)
  })

  it('passes over a job whose outbox item has expired', async () => {
    await job('dead')
    known = []
    expect(await redrive(deps(), dead(), later())).toEqual({ matched: 1, moved: 0, complete: true })
    expect(lane().deadLetters.messages).toHaveLength(1)
  })

  it('that runs out of time says so; the next one finishes, dead letters included', async () => {
    await job('dead')
    expect(await redrive(deps(), dead(), clock.now().getTime())).toEqual({ matched: 1, moved: 1, complete: false })
    expect(lane().deadLetters.messages).toHaveLength(1)
    expect(await redrive(deps(), dead(), later())).toEqual({ matched: 0, moved: 0, complete: true })
    expect(lane().deadLetters.messages).toEqual([])
  })

  it('is taken by an ordered lane again within its memory, and once for each death', async () => {
    await job('dead', 'g')
    const [before] = allEffects()
    await redrive(deps(), dead(), later())
    const again = async function* () {
      yield [before!]
    }
    await redrive(deps(), again(), later())
    expect(lane('ordered').queue.messages).toHaveLength(1)
  })
})

describe('tidying', () => {
  it('removes what is stale, shows the rest again, and stops when all expected are out', async () => {
    const [done, kept] = [await job('running'), await job('dead')]
    deadLetterOf(done)
    await store.write(completeWrite(end(done.id)))
    lane().deadLetters.send({ body: 'not a job at all' })
    expect(await tidy(deps(), 'default', 5, later())).toBe(true)
    expect(lane().deadLetters.messages.map(({ body }) => body)).toEqual([JSON.stringify(kept), 'not a job at all'])
    expect(lane().deadLetters.isReady).toBe(true)
  })

  it('keeps what SQS moved here while its job is not done, also when it was redriven before', async () => {
    const envelope = await job('dead')
    await redrive(deps(), dead(), later())
    const [message] = lane().queue.messages
    lane().deadLetters.send(message!, { sentAt: message!.sentAt })
    await job('dead')
    await redrive(deps(), dead(), later())
    expect(lane().deadLetters.messages.map(({ body }) => JSON.parse(body).id)).toEqual([envelope.id])
  })

  it('keeps the dead letter of a job that it does not know', async () => {
    const { id, ...rest } = await job('dead')
    deadLetterOf({ ...rest, id: ids.fresh() })
    await store.write({ op: 'delete', table: 'effects', key: { pk: id } })
    await tidy(deps(), 'default', 9, later())
    expect(lane().deadLetters.messages).toHaveLength(2)
  })

  it('reaches dead letters of an ordered lane that lie behind others of their group, and keeps those', async () => {
    for (const group of ['g', 'h']) for (let i = 0; i < 15; i++) await job('dead', group)
    const wanted = allEffects().filter((_, i) => i % 15 >= 10)
    const chosen = async function* () {
      yield wanted
    }
    expect(await redrive(deps(), chosen(), later())).toEqual({ matched: 10, moved: 10, complete: true })
    const left = lane('ordered').deadLetters.messages
    expect(left).toHaveLength(20)
    expect(left.filter(({ body }) => wanted.some(({ pk }) => body.includes(pk)))).toEqual([])
    expect(left.every(({ deaths }) => deaths === 1)).toBe(true)
    expect(lane('ordered').deadLetters.isReady).toBe(true)
  })

  it('removes dead letters of cancelled jobs', async () => {
    const id = ids.fresh()
    await store.write(cancelWrite({ pk: id, type: 'work', lane: 'default', expiresAt: 0 }, clock.now()))
    deadLetterOf({ ...(await job('running')), id })
    await tidy(deps(), 'default', 1, later())
    expect(lane().deadLetters.messages).toEqual([])
  })
})

describe('a dead letter', () => {
  it.each<[Effect['state'], number, number, boolean]>([
    ['succeeded', 0, 0, true],
    ['succeeded', 5, 1, true],
    ['cancelled', 0, 0, true],
    ['dead', 1, 1, false],
    ['dead', 1, 2, false],
    ['dead', 0, 1, false],
    ['retrying', 1, 1, true],
    ['retrying', 1, 2, true],
    ['retrying', 2, 1, false],
    ['retrying', 0, 1, false],
    ['running', 1, 1, true],
    ['running', 2, 1, false],
    ['running', 0, 0, false],
  ])('of a job %s, telling of death %i of %i, is stale: %s', (state, message, effect, stale) => {
    expect(isStale({ deaths: message }, { state, deaths: effect })).toBe(stale)
  })
})
