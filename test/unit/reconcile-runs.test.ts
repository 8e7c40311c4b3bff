/** A part of the outbox that is larger than a run is read to its end all the same, by runs that start one another. */
import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf } from '../../functions/reconcile/problem.ts'
import { runOf } from '../../functions/reconcile/run.ts'
import { fullRun, hourlyRun, mostHops } from '../../shared/recovery/reconcile.ts'
import { day, hour, minute, type Reconciling, reconciling } from '../support/reconciling.ts'
import { partOf, parts } from '../support/segments.ts'

let world: Reconciling
beforeEach(() => {
  world = reconciling()
  world.itemsInPage = 1
})

/** Jobs of one part that were never sent, and the hour of that part. */
async function lostInOnePart(count: number): Promise<{ readonly ids: string[]; readonly at: Date }> {
  const ids: string[] = []
  while (ids.length < count) {
    const id = await world.written()
    if (partOf(id) === 7) ids.push(id)
    else await world.store.write({ op: 'delete', table: 'outbox', key: { pk: id, sk: id } })
  }
  world.clock.advance(day - (world.clock.now().getTime() % day) + 7 * hour)
  return { ids, at: world.clock.now() }
}

describe('a run whose time is over', () => {
  it('hands the rest on, and the chain finds every job once', async () => {
    const { ids, at } = await lostInOnePart(40)
    world.pageTakes = 4 * minute
    const results = await world.runs({ ...hourlyRun(at), isHourly: false })
    expect(results.length).toBeGreaterThan(2)
    expect(results.every(({ complete }) => complete)).toBe(true)
    expect(world.scanned).toBe(40)
    expect(world.sent.sort()).toEqual(ids.sort())
  })

  it('leaves no state before the part was read to its end', async () => {
    const { at } = await lostInOnePart(40)
    world.pageTakes = 4 * minute
    await world.run({ ...hourlyRun(at), isHourly: false })
    expect(world.store.peek('effects', { pk: 'reconciler#7' })).toBeUndefined()
    await world.runs({ ...hourlyRun(at), isHourly: false })
    expect(world.store.peek('effects', { pk: 'reconciler#7' })).toMatchObject({
      marks: { default: expect.any(Number) },
    })
  })

  it('ends in an error, and not in a chain without end, when the part is too large for all of its runs', async () => {
    const { at } = await lostInOnePart(200)
    world.pageTakes = 15 * minute
    const results = await world.runs({ ...hourlyRun(at), isHourly: false })
    expect(results).toHaveLength(mostHops + 1)
    const last = results.at(-1)
    expect(last).toMatchObject({ complete: false, next: [] })
    expect(problemOf(fullRun, last as never)).toMatch(/^13 runs did not read all of a part/)
  })

  it('does not end in an error itself, since Lambda would repeat it; the last of the chain does', async () => {
    const { at } = await lostInOnePart(12)
    world.pageTakes = 4 * minute
    world.sender = {
      async send() {
        throw new Error('AccessDenied')
      },
    }
    const first = { ...hourlyRun(at), isHourly: false }
    const result = await world.run(first)
    expect([result.unsent > 0, problemOf(first, result)]).toEqual([true, undefined])
    let run = first
    let end = result
    for (; end.next[0]; end = await world.run(run)) run = end.next[0] as typeof first
    expect(problemOf(run, end)).toMatch(/^12 jobs have no message/)
  })
})

describe('all parts of the outbox', () => {
  it('are read when the part of the hour has lost jobs, each within the hour', async () => {
    const ids = [await world.written(), await world.written(), await world.written()]
    world.clock.advance(day)
    const [first = ''] = ids
    const at = new Date(world.clock.now().getTime() - (world.clock.now().getTime() % day) + partOf(first) * hour)
    await world.runs(hourlyRun(at))
    expect(world.sent.sort()).toEqual(ids.sort())
  })

  it('are spread over runs of their own when they take longer than a minute', async () => {
    world.pageTakes = 20_000
    const result = await world.run(fullRun)
    const read = parts - result.next.length
    expect(read).toBeLessThan(3)
    expect(result.next.map(({ parts }) => parts)).toEqual(Array.from({ length: parts - read }, (_, n) => [read + n]))
    const more = await Promise.all(result.next.map((run) => world.run(run)))
    expect(more.flatMap(({ next }) => next)).toEqual([])
  })
})

describe('the event of a run', () => {
  it('is an hour, an operator, or what an earlier run left', () => {
    expect(runOf({ at: '2026-01-01T07:00:00Z' })).toEqual(hourlyRun(new Date('2026-01-01T07:00:00Z')))
    expect(runOf({})).toBe(fullRun)
    const segments = [{ isDone: true }, { isDone: false, from: { pk: { S: 'a' }, sk: { S: 'a' } } }]
    const rest = { at: 1, marks: { default: 5 }, segments, isVoid: false }
    const run = { parts: [3], everything: true, isHourly: false, hop: 2, unsentBefore: 4, rest }
    expect(runOf(JSON.parse(JSON.stringify({ run })))).toEqual(run)
  })
})
