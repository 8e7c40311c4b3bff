/** The event filters of the relays, matched as the local stack matches them. */
import { describe, expect, it } from 'vitest'
import { allButLanes, onlyLanes } from '../../infra/lanes/stream-filter.ts'
import { compileFilters } from '../../local/mappings/filter.ts'

describe('the filters of the relays', () => {
  const ordered = compileFilters(onlyLanes(['ordered']), 'dynamodb')
  const standard = compileFilters(allButLanes(['ordered']), 'dynamodb')
  const every = compileFilters(allButLanes([]), 'dynamodb')
  const text = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }]))
  const record = (eventName: string, image: Record<string, string>) => ({
    eventName,
    dynamodb: { NewImage: text(image) },
  })
  const seenBy = (one: object) => ({ ordered: ordered(one), standard: standard(one), every: every(one) })

  it('pass inserts and releases of their lanes', () => {
    for (const [event, more] of [
      ['INSERT', {}],
      ['MODIFY', { releasedAt: '2026' }],
    ] as const) {
      expect(seenBy(record(event, { lane: 'ordered', ...more }))).toEqual({
        ordered: true,
        standard: false,
        every: true,
      })
      expect(seenBy(record(event, { lane: 'bulk', ...more }))).toEqual({ ordered: false, standard: true, every: true })
    }
    expect(seenBy(record('INSERT', {}))).toEqual({ ordered: false, standard: true, every: true })
  })

  it('pass no other change of an item, and no removal', () => {
    const nobody = { ordered: false, standard: false, every: false }
    for (const lane of ['ordered', 'bulk']) {
      expect(seenBy(record('MODIFY', { lane, resentAt: '2026' }))).toEqual(nobody)
      expect(seenBy({ eventName: 'REMOVE', dynamodb: { Keys: {} } })).toEqual(nobody)
    }
  })
})
