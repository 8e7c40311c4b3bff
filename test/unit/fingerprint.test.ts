import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../functions/aws/fingerprint.ts'

/** Any two of them are two bodies. */
const different: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['undefined', undefined],
  ['a text', '1'],
  ['a number', 1],
  ['a bigint', 1n],
  ['NaN', Number.NaN],
  ['true', true],
  ['the text null', 'null'],
  ['an empty object', {}],
  ['an object', { a: 1 }],
  ['an object with null', { a: null }],
  ['an object with a bigint', { a: 1n }],
  ['an empty list', []],
  ['a list', [1, 2]],
  ['the list the other way round', [2, 1]],
  ['a list of lists', [[1], 2]],
  ['a list with undefined', [undefined, 1]],
  ['a list with null', [null, 1]],
  ['a Set', new Set([1, 2])],
  ['another Set', new Set([1, 3])],
  ['an empty Set', new Set()],
  ['a Map', new Map([['a', 1]])],
  ['another Map', new Map([['a', 2]])],
  ['an empty Map', new Map()],
  ['a Date', new Date(0)],
  ['another Date', new Date(1)],
  ['the text of a Date', new Date(0).toISOString()],
  ['bytes', new Uint8Array([1, 2])],
  ['other bytes', new Uint8Array([1, 3])],
  ['the same bytes as another type', new Int8Array([1, 2])],
  ['a buffer', new Uint8Array([1, 2]).buffer],
  ['a URL', new URL('https://a.test/')],
  ['another URL', new URL('https://b.test/')],
  ['a field named __proto__', JSON.parse('{"__proto__":1}')],
]

describe('the fingerprint of an input', () => {
  it('tells any two inputs apart', () => {
    const seen = new Map<string, string>()
    for (const [name, value] of different) {
      const print = fingerprint(value)
      expect(seen.get(print), `"${name}" has the fingerprint of another`).toBeUndefined()
      seen.set(print, name)
    }
  })

  it('is the same whatever the order of keys, of a Set and of a Map', () => {
    expect(fingerprint({ a: 1, b: { c: 2, d: 3 } })).toBe(fingerprint({ b: { d: 3, c: 2 }, a: 1 }))
    expect(fingerprint(new Set(['a', 'b']))).toBe(fingerprint(new Set(['b', 'a'])))
    const pairs = [['a', 1] as const, ['b', 2] as const]
    expect(fingerprint(new Map(pairs))).toBe(fingerprint(new Map(pairs.toReversed())))
  })

  it('counts a property that is undefined as absent', () => {
    expect(fingerprint({ a: 1, b: undefined })).toBe(fingerprint({ a: 1 }))
  })

  it('refuses what hides its content, and says what may be passed', () => {
    class Hidden {
      readonly #value = 1
      read() {
        return this.#value
      }
    }
    expect(() => fingerprint({ a: new Hidden() })).toThrow(/has a Hidden.*pass JSON/)
    expect(() => fingerprint({ a: () => 1 })).toThrow(/has a function/)
  })
})
