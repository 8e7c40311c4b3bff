import fc from 'fast-check'
import { expect, test } from 'vitest'
import { itemSize } from '../gateway/item-size.ts'

test.each([
  ['a string counts its UTF-8 bytes and those of its name', { näme: { S: 'ü€' } }, 5 + 5],
  ['a number counts a byte for two digits, and one', { n: { N: '12345' } }, 1 + 4],
  ['zeroes at the ends of a number do not count', { n: { N: '-0.0012300' } }, 1 + 3],
  ['binary counts its bytes', { b: { B: Buffer.alloc(5).toString('base64') } }, 1 + 5],
  ['null and booleans are one byte', { a: { NULL: true }, b: { BOOL: false } }, 4],
  ['a set is the sum of its members', { s: { SS: ['ab', 'c'] }, n: { NS: ['1', '22'] } }, 1 + 3 + 1 + 2 + 2],
  ['a list costs 3 bytes, and 1 per entry', { l: { L: [{ S: 'ab' }, { NULL: true }] } }, 1 + 3 + 3 + 2],
  ['a map costs 3 bytes, and 1 per entry', { m: { M: { k: { S: 'ab' } } } }, 1 + 3 + 1 + 3],
])('%s', (_, item, size) => {
  expect(itemSize(item)).toBe(size)
})

test('an item is the sum of its attributes', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.record({ S: fc.string() })), (item) => {
      const parts = Object.entries(item).map(([name, value]) => itemSize({ [name]: value }))
      expect(itemSize(item)).toBe(parts.reduce((total, size) => total + size, 0))
    }),
  )
})
