import { beforeEach, describe, expect, it } from 'vitest'
import { request } from '../../shared/define/job.ts'
import { create } from '../../shared/define/record.ts'
import type { Store, TransactionResult } from '../../shared/lib/ports.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { commitRequest, requestId } from '../../shared/outbox/commit-request.ts'
import { commandContext } from '../../shared/outbox/execute-command.ts'
import { appWith, counter, jobType } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
let clock: SimClock
let store: MemoryStore
const ids = simIds()
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
})

const jobs = [request(jobType(registry, 'work'), { label: 'a' })]
const changeOf = (name: string): Change => ({ records: [create(counter, { name, count: 0, labels: [] })], jobs })
const idFor = (key?: string, caller = 'me') => requestId(ids, '/counters', caller, key)

function send(id: string, change: Change, fingerprint?: string, through: Store = store) {
  const deps = { store: through, clock, ids, registry, outboxLifetime: 100 }
  return commitRequest(deps, { id, fingerprint, now: clock.now() }, change)
}

describe('a request with an idempotency key', () => {
  it('is committed once; the second gets what the first made', async () => {
    const id = idFor('k')
    expect(await send(id, changeOf('a'), 'f')).toMatchObject({ kind: 'committed', jobs: [{ payload: { label: 'a' } }] })
    expect(await send(id, changeOf('a'), 'f')).toMatchObject({ kind: 'replayed', item: { name: 'a' } })
    expect(store.items('outbox')).toHaveLength(1)
  })

  it('is refused with another body', async () => {
    await send(idFor('k'), changeOf('a'), 'f')
    expect(await send(idFor('k'), changeOf('a'), 'other')).toEqual({ kind: 'key-reused' })
  })

  it('that makes only a job meets its mark, which tells when that was', async () => {
    const change = { jobs: [{ ...jobs[0]!, id: idFor('job') }] }
    const createdAt = clock.now().toISOString()
    await send(idFor('job'), change, 'f')
    clock.advance(1_000)
    expect(await send(idFor('job'), change, 'f')).toMatchObject({ kind: 'replayed', item: { createdAt } })
    expect(await send(idFor('job'), change, 'g')).toEqual({ kind: 'key-reused' })
  })

  it('is kept from those of other callers, routes and keys', () => {
    const all = [idFor('k'), idFor('k', 'you'), idFor('l'), requestId(ids, '/other', 'me', 'k'), idFor(), idFor()]
    expect(new Set(all).size).toBe(all.length)
    expect(idFor('k')).toBe(idFor('k'))
  })
})

describe('a request', () => {
  it('without a key that meets what exists is a conflict, and leaves nothing', async () => {
    await send(idFor(), changeOf('a'))
    expect(await send(idFor(), changeOf('a'))).toEqual({ kind: 'conflict', write: 0 })
    expect(store.items('outbox')).toHaveLength(1)
  })

  it('with a key that meets another record is a conflict there', async () => {
    await send(idFor(), changeOf('taken'))
    const [first] = changeOf('free').records ?? []
    const [second] = changeOf('taken').records ?? []
    const change = { records: [first!, second!], jobs }
    expect(await send(idFor('k'), change, 'f')).toEqual({ kind: 'conflict', write: 1 })
    expect(store.items('records')).toHaveLength(1)
  })

  it('gives its jobs the ids that its record names', async () => {
    const id = idFor()
    const caused = commandContext({ id, now: clock.now() }, ids).causes(jobs)
    const result = await send(id, { ...changeOf('a'), jobs })
    expect(result).toMatchObject({ jobs: caused.map(({ id }) => ({ id })) })
  })

  it('tries again while the tables are busy, with one token, and is written once', async () => {
    const tokens: string[] = []
    const busy: Store = {
      ...store,
      async transact(writes, token): Promise<TransactionResult> {
        tokens.push(token)
        // Even when the write went through and only its answer was lost.
        const result = await store.transact(writes, token)
        return tokens.length < 4 ? { kind: 'busy', reason: 'TransactionConflict' } : result
      },
    }
    expect((await send(idFor(), changeOf('a'), undefined, busy)).kind).toBe('committed')
    expect(new Set(tokens).size).toBe(1)
    expect(tokens).toHaveLength(4)
  })

  it('gives up after its patience', async () => {
    const busy: Store = { ...store, transact: async () => ({ kind: 'busy', reason: 'ThrottlingError' }) }
    const start = clock.now().getTime()
    expect(await send(idFor(), changeOf('a'), undefined, busy)).toEqual({ kind: 'busy', reason: 'ThrottlingError' })
    expect(clock.now().getTime() - start).toBeLessThanOrEqual(5_000)
    expect(clock.now().getTime() - start).toBeGreaterThan(4_000)
  })
})
