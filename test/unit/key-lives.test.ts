/** An accepted job runs, also one whose id has been used before: by the same key, when all that remembers it has expired. */

import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { jobActions } from '../../functions/api/routes/jobs/actions.ts'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { consume } from '../../shared/execution/consume.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import { outgoing } from '../../shared/outbox/message.ts'
import { envelopesOf } from '../../shared/outbox/outbox-item.ts'
import { apiOf } from '../support/api.ts'
import { lanes } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const day = 86_400_000
const lifetimes = { outbox: 30 * 86_400, effect: 60 * 86_400 }
let clock: SimClock
let store: MemoryStore
let ran: string[]
const ids = simIds()

const schema = z.object({ label: z.string(), fails: z.boolean().default(false) })
const registry = defineRegistry(
  [
    defineJob({
      type: 'work',
      schema,
      maxAttempts: 1,
      run: ({ label, fails }) => {
        if (fails) throw new Error('told to fail')
        ran.push(label)
      },
    }),
  ],
  lanes,
)
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  ran = []
})

const deps = () => ({
  store,
  clock,
  ids,
  registry,
  outboxLifetime: lifetimes.outbox,
  jobOwners: [],
  links: () => ({}),
  logAction: () => {},
})

async function api(method: string, path: string, body?: object, id = '') {
  const ask = apiOf([...jobs, ...jobActions], deps())
  return ask({ method, path: path.replace(':id', id), body, key: method === 'POST' ? 'sync-user-42' : undefined })
}

/** Gives every job that has an outbox item to a consumer once. */
async function consumeAll(): Promise<void> {
  const consumer = {
    ...deps(),
    services: {},
    lifetimes,
    queue: {
      changeVisibility: async () => {},
      extendVisibility: async () => {},
      sendToDeadLetterQueue: async () => {},
    },
    observe: () => {},
    report: () => {},
  } as unknown as ConsumerDeps
  for (const envelope of envelopesOf(store.items('outbox'))) {
    const { body } = outgoing(envelope, 'standard', clock.now())
    const message = { messageId: 'm', receiptHandle: 'r', body, receiveCount: 1, deaths: 0 }
    await consume(consumer, message, clock.now().getTime() + 15_000)
  }
}

/** What DynamoDB does to what has expired. */
async function expire(): Promise<void> {
  for (const table of ['records', 'outbox', 'effects'] as const) {
    for (const { pk, sk, expiresAt } of store.items(table)) {
      if (Number(expiresAt) * 1000 < clock.now().getTime()) await store.write({ op: 'delete', table, key: { pk, sk } })
    }
  }
}

/** What became of the job when its key was used first. */
const firstLives = {
  succeeded: consumeAll,
  dead: consumeAll,
  cancelled: async (id: string) => void (await api('POST', '/jobs/:id/cancel', undefined, id)),
  'never started': async () => {},
} as const

describe('a job whose key was used before', () => {
  const firsts = Object.keys(firstLives) as (keyof typeof firstLives)[]
  it.each(firsts.flatMap((first) => [31, 62, 95].map((days) => [first, days] as const)))(
    'and was %s then, runs %i days later',
    async (first, days) => {
      const { body } = await api('POST', '/jobs', {
        type: 'work',
        payload: { label: 'first', fails: first === 'dead' },
      })
      await firstLives[first](body.id)
      clock.advance(days * day)
      await expire()
      ran = []
      const second = await api('POST', '/jobs', { type: 'work', payload: { label: 'second' } })
      expect(second).toMatchObject({ status: 202, body: { id: body.id, status: 'pending' } })
      expect(await api('GET', '/jobs/:id', undefined, body.id)).toMatchObject({ body: { status: 'pending' } })
      await consumeAll()
      expect(ran).toEqual(['second'])
      expect(await api('GET', '/jobs/:id', undefined, body.id)).toMatchObject({
        body: { status: 'succeeded', payload: { label: 'second' } },
      })
    },
  )

  it('and was dead then, can be cancelled in its new life, and is not replayed for the old one', async () => {
    const { body } = await api('POST', '/jobs', { type: 'work', payload: { label: 'first', fails: true } })
    await consumeAll()
    clock.advance(31 * day)
    await expire()
    await api('POST', '/jobs', { type: 'work', payload: { label: 'second' } })
    expect((await api('POST', '/jobs/:id/replay', undefined, body.id)).status).toBe(409)
    expect((await api('POST', '/jobs/:id/cancel', undefined, body.id)).status).toBe(200)
    await consumeAll()
    expect(ran).toEqual([])
  })
})

it('a key is remembered while its job is, and gives the first answer', async () => {
  const body = { type: 'work', payload: { label: 'first' } }
  const first = await api('POST', '/jobs', body)
  await consumeAll()
  clock.advance(29 * day)
  await expire()
  const again = await api('POST', '/jobs', body)
  expect([again.status, again.body]).toEqual([first.status, first.body])
  await consumeAll()
  expect(ran).toEqual(['first'])
})
