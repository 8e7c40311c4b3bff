import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ids } from '../../functions/aws/ids.ts'
import { bucketOf, groupPattern, isJobId, jobId, outboxKey } from '../../shared/lib/id.ts'

const group = fc.stringMatching(groupPattern)

describe('a job id', () => {
  it('leads to both keys of its outbox item, with a group or without', () => {
    const uuid = ids.fresh()
    expect(outboxKey(jobId(uuid))).toEqual({ pk: uuid, sk: uuid })
    expect(outboxKey(jobId(uuid, 'a'))).toEqual({ pk: 'group~a', sk: `a~${uuid}` })
  })

  it('is known by its shape, whatever its group', () => {
    fc.assert(fc.property(group, (name) => isJobId(jobId(ids.fresh(), name))))
    for (const text of ['', 'x', `~${ids.fresh()}`, `a b~${ids.fresh()}`, `${ids.fresh()} `, ids.fresh().toUpperCase()])
      expect(isJobId(text), text).toBe(false)
  })

  it('keeps the items of one group together and of two apart', () => {
    fc.assert(
      fc.property(group, group, (a, b) => {
        const [first, second] = [a, b].map((name) => outboxKey(jobId(ids.fresh(), name)).pk)
        expect(first === second).toBe(a === b)
      }),
    )
  })
})

describe('ids', () => {
  it('are, where they are fresh, UUIDs of version 7 that begin with the time', () => {
    const before = Date.now()
    const id = ids.fresh()
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const time = Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now())
  })

  it('derived from the same parts are the same, from others not', () => {
    const part = fc.oneof(fc.string(), fc.integer())
    fc.assert(
      fc.property(fc.array(part), fc.array(part), (a, b) => {
        expect(isJobId(ids.derive(...a))).toBe(true)
        expect(ids.derive(...a) === ids.derive(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
    expect(ids.derive('a', 'b')).not.toBe(ids.derive('ab'))
  })
})

describe('buckets', () => {
  it('are within their count, always the same, and even', () => {
    fc.assert(fc.property(fc.string(), (key) => [0, 1, 2, 3].includes(bucketOf(key, 4))))
    expect([bucketOf('a', 4), bucketOf('order-1', 4)]).toEqual([0, 1])
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 4_000; i++) counts[bucketOf(ids.fresh(), 4)]!++
    expect(Math.min(...counts)).toBeGreaterThan(800)
  })
})
