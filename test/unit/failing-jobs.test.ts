import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { dieWrite, failWrite } from '../../shared/execution/effect/end-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { errorGroups, groupedError } from '../../shared/recovery/error-groups.ts'
import { allFailing, type FailingIndex, failingGroups, failingPage } from '../../shared/recovery/failing-jobs.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'

const start = Date.UTC(2026, 0, 1)

/** An index as DynamoDB keeps it: by partition and sort key, and where those are equal in an order of its own. */
function indexOf(effects: readonly Effect[]): FailingIndex {
  const place = ({ failingAt = '', pk }: Pick<Effect, 'failingAt' | 'pk'>) =>
    `${failingAt} ${[...pk].reverse().join('')}`
  return {
    async query(partition, { type, since = '', until = '9' }, { after, limit }) {
      return effects
        .filter((e) => e.failing === partition && (type === undefined || e.type === type))
        .filter(({ failingAt = '' }) => failingAt >= since && failingAt <= until)
        .sort((a, b) => (place(a) < place(b) ? -1 : 1))
        .filter((effect) => after === undefined || place(effect) > place(after))
        .slice(0, limit)
    },
    async errors(partition, filter, limit) {
      return this.query(partition, filter, { limit })
    },
    count: async (partition) => effects.filter((e) => e.failing === partition).length,
  }
}

/** Effects of jobs that died or failed at these ms after the start. */
async function effectsAt(times: readonly { readonly at: number; readonly dead: boolean; readonly type: string }[]) {
  const store = memoryStore({ now: () => new Date(start) })
  const ids = simIds()
  for (const { at, dead, type } of times) {
    const now = new Date(start + at)
    const end = { jobId: ids.fresh(), owner: 'o', now, expiresAt: 0, attempt: 1, error: 'Error: no', failures: [] }
    await store.write(claimWrite({ ...end, type, lane: 'l', leaseUntil: 0, maxAttempts: 1, onCrash: 'retry' }))
    await store.write(dead ? dieWrite(end) : failWrite(end))
  }
  return store.items('effects') as unknown as Effect[]
}

const job = fc.record({ at: fc.nat(3), dead: fc.boolean(), type: fc.constantFrom('a', 'b') })
const states = fc.constantFrom(['dead'] as const, ['retrying'] as const, ['dead', 'retrying'] as const)

describe('the list of failing jobs', () => {
  it('gives each job once, oldest first, whatever the pages', async () => {
    const filter = fc.record({
      type: fc.constantFrom(undefined, 'a'),
      since: fc.constantFrom(undefined, 1),
      until: fc.constantFrom(undefined, 2),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { maxLength: 40 }),
        states,
        filter,
        fc.integer({ min: 1, max: 9 }),
        async (jobs, which, asked, limit) => {
          const effects = await effectsAt(jobs)
          const time = (ms?: number) => (ms === undefined ? undefined : new Date(start + ms).toISOString())
          const match = { type: asked.type, since: time(asked.since), until: time(asked.until) }
          const pages = await Array.fromAsync(allFailing(indexOf(effects), which, match, limit))
          const wanted = effects.filter((effect, i) => {
            const { at, type } = jobs[i]!
            const inTime = at >= (asked.since ?? 0) && at < (asked.until ?? 99)
            return which.some((state) => state === effect.state) && inTime && (asked.type ?? type) === type
          })
          const keys = (list: readonly Effect[]) => list.map(({ failingAt }) => failingAt)
          expect(keys(pages.flat())).toEqual(keys(wanted).sort())
          expect(pages.every((page) => page.length > 0 && page.length <= limit)).toBe(true)
        },
      ),
    )
  })

  it('ends without a cursor, and with one goes on', async () => {
    const index = indexOf(await effectsAt([1, 2, 3].map((at) => ({ at, dead: true, type: 'a' }))))
    const first = await failingPage(index, ['dead'], {}, { limit: 2 })
    expect(first.effects).toHaveLength(2)
    const second = await failingPage(index, ['dead'], {}, { after: first.next, limit: 2 })
    expect(second.effects).toHaveLength(1)
    expect(second.next).toBeUndefined()
  })
})

describe('an error', () => {
  const said = (i: number) => `Error: order ${'0'.repeat(6)}${i} ${i % 3 === 0 ? 'is gone' : 'is late'}`
  const many = async () => {
    const effects = await effectsAt(Array.from({ length: 30 }, (_, at) => ({ at, dead: true, type: 'a' })))
    return effects.map((effect, i) => ({ ...effect, lastError: said(i) }))
  }
  const gone = { error: 'Error: order <number> is gone' }

  it('picks the jobs of its group, page by page, and no others', async () => {
    const effects = await many()
    const wanted = effects.filter(({ lastError }) => groupedError(lastError) === gone.error)
    const pages = await Array.fromAsync(allFailing(indexOf(effects), ['dead'], gone, 3))
    expect(pages.flat().map(({ pk }) => pk)).toEqual(wanted.map(({ pk }) => pk))
    expect(pages.every((page) => page.length <= 3)).toBe(true)
    expect(wanted).toHaveLength(10)
  })

  it('that nobody has picks none', async () => {
    const pages = await Array.fromAsync(allFailing(indexOf(await many()), ['dead'], { error: 'Error: order' }, 3))
    expect(pages.flat()).toEqual([])
  })

  it('is counted once for all of its group', async () => {
    const { groups, complete } = await failingGroups(indexOf(await many()), ['dead'], {}, 1_000)
    expect(groups).toEqual([
      { type: 'a', error: 'Error: order <number> is late', count: 20 },
      { type: 'a', error: 'Error: order <number> is gone', count: 10 },
    ])
    expect(complete).toBe(true)
    expect((await failingGroups(indexOf(await many()), ['dead'], gone, 1_000)).groups).toHaveLength(1)
  })

  it('is not counted to the end where there are too many, and that is said', async () => {
    const { groups, complete } = await failingGroups(indexOf(await many()), ['dead'], {}, 8)
    expect(complete).toBe(false)
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(30)
  })
})

describe('failures', () => {
  it('are counted by type and by what their errors have in common', () => {
    const error = (lastError: string, type = 'a') => ({ type, lastError })
    const groups = errorGroups([
      error('Error: order 00000000-0000-7000-8000-000000000001 of a@b.example'),
      error('Error: order 00000000-0000-7000-8000-00000000000f of c@d.example'),
      error('Error: code 404'),
      error('Error: code 404', 'b'),
      error('Error: at 1234567'),
    ])
    expect(groups).toEqual([
      { type: 'a', error: 'Error: order <id> of <address>', count: 2 },
      { type: 'a', error: 'Error: code 404', count: 1 },
      { type: 'b', error: 'Error: code 404', count: 1 },
      { type: 'a', error: 'Error: at <number>', count: 1 },
    ])
  })
})
