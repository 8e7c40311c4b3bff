import { describe, expect, it } from 'vitest'
import { deadLetters } from '../../functions/api/routes/dead-letters/routes.ts'
import { failingKey } from '../../shared/execution/effect/failing.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { apiOf } from '../support/api.ts'

const now = new Date('2026-11-25T03:04:30.000Z')
const died = (pk: string, lastError: string) =>
  ({
    pk,
    type: 'work',
    lane: 'default',
    state: 'dead',
    attempts: 5,
    lastError,
    failingAt: `2026-11-25#${pk}`,
  }) as Effect
const all = [died('a', 'Error: no'), died('b', ''), died('c', 'Error: no')]

const inFirst = async (partition: string) => (partition === failingKey('dead', 0) ? all : [])
const ask = apiOf(deadLetters, { clock: { now: () => now }, failing: { query: inFirst, errors: inFirst } })
const list = (query: Record<string, string>) => ask({ path: '/dead-letters', query })
const redrive = (body: object) =>
  ask({ method: 'POST', path: '/dead-letters/redrive', body: { ...body, dryRun: true } })

describe('jobs that left no error', () => {
  it('are a group of their own', async () => {
    expect((await list({})).body).toMatchObject({
      groups: [
        { type: 'work', error: 'Error: no', count: 2 },
        { type: 'work', error: '', count: 1 },
      ],
    })
  })

  it('are listed and redriven alone, by an empty error', async () => {
    expect((await list({ error: '' })).body).toMatchObject({ deadLetters: [{ id: 'b', error: '' }] })
    expect(await redrive({ error: '' })).toMatchObject({ status: 202, body: { matched: 1 } })
    expect(await redrive({ type: 'work', error: 'Error: no' })).toMatchObject({ status: 202, body: { matched: 2 } })
  })

  it('do not make a redrive without any filter pass', async () => {
    expect(await redrive({})).toMatchObject({ status: 422 })
  })
})
