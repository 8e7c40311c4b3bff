import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { itemSize, transactionProblem, utf8, type Write, writeLimits } from '../../shared/lib/write.ts'

const put = (item: object, table: Write['table'] = 'records') =>
  ({ op: 'put', table, item: { pk: 'p', sk: 's', ...item } }) as const
const many = (count: number, item: object = {}) =>
  Array.from({ length: count }, (_, i) => put({ sk: String(i), ...item }))

describe('a transaction', () => {
  it('has 1 to 100 writes', () => {
    expect(transactionProblem([])).toMatch(/nothing to write/)
    expect(transactionProblem(many(100))).toBeUndefined()
    expect(transactionProblem(many(101))).toMatch(/101 writes exceed the 100/)
  })

  it('has items of at most 400 KB', () => {
    const rest = itemSize(put({ text: '' }).item)
    expect(transactionProblem([put({ text: 'a'.repeat(writeLimits.itemBytes - rest) })])).toBeUndefined()
    expect(transactionProblem([put({ text: 'a'.repeat(writeLimits.itemBytes - rest + 1) })])).toMatch(/409601 bytes/)
  })

  it('has at most 4 MB in all', () => {
    const text = 'a'.repeat(390 * 1024)
    expect(transactionProblem(many(10, { text }))).toBeUndefined()
    expect(transactionProblem(many(11, { text }))).toMatch(/one transaction at most 4194304/)
  })

  it('writes no item twice, whatever the two writes are', () => {
    const remove = { op: 'delete', table: 'records', key: { pk: 'p', sk: 's' } } as const
    expect(transactionProblem([put({}), remove])).toMatch(/records item p \/ s is written twice/)
    expect(transactionProblem([put({}), put({}, 'outbox')])).toBeUndefined()
  })

  it('takes two items for one only if both keys are the same', () => {
    const key = fc.stringMatching(/^[ab /]{1,5}$/)
    fc.assert(
      fc.property(key, key, key, key, (a, b, c, d) => {
        const problem = transactionProblem([put({ pk: a, sk: b }), put({ pk: c, sk: d })])
        expect(problem !== undefined).toBe(a === c && b === d)
      }),
    )
  })
})

describe('the size of an item', () => {
  it('is that of its names and values in UTF-8', () => {
    expect(itemSize({ é: '😀' })).toBe(2 + 4)
    expect(itemSize({ a: true, b: null, c: undefined })).toBe(5)
    expect(itemSize({ l: ['ab'] })).toBe(1 + 3 + 1 + 2)
    expect(itemSize({ m: { k: 'v' } })).toBe(1 + 3 + 1 + 2)
  })

  // fast-check first makes a table of all characters: seconds of work, and far more on a busy machine.
  it('of a text is what an encoder says', { timeout: 180_000 }, () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => utf8(text) === Buffer.byteLength(text)))
  })
})
