import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilters } from '../mappings/filter.ts'

const streamPasses = (pattern: unknown, record: object) => compileFilters([pattern], 'dynamodb')(record)
const queuePasses = (pattern: unknown, body: string) => compileFilters([pattern], 'sqs')({ body, messageId: '1' })
const passes = (rules: unknown, value?: unknown) =>
  queuePasses({ body: { field: rules } }, JSON.stringify({ field: value }))

describe('a filter pattern', () => {
  it('compares with exact values, null and the empty text', () => {
    expect(passes(['a'], 'a')).toBe(true)
    expect(passes(['a'], 'A')).toBe(false)
    expect(passes([1], 1)).toBe(true)
    expect(passes([1], '1')).toBe(false)
    expect(passes([true], true)).toBe(true)
    expect(passes([null], null)).toBe(true)
    expect(passes([null], '')).toBe(false)
    expect(passes([null])).toBe(false)
    expect(passes([''], '')).toBe(true)
    expect(passes([''], 'a')).toBe(false)
  })

  it('passes when one of a leaf’s rules does', () => {
    expect(passes(['a', 'b'], 'b')).toBe(true)
    expect(passes(['a', { prefix: 'c' }], 'cd')).toBe(true)
    expect(passes(['a', 'b'], 'c')).toBe(false)
  })

  it('passes when every key does', () => {
    const pattern = { dynamodb: { Keys: { pk: { S: ['p'] } } }, eventName: ['INSERT'] }
    const record = { eventName: 'INSERT', dynamodb: { Keys: { pk: { S: 'p' } } } }
    expect(streamPasses(pattern, record)).toBe(true)
    expect(streamPasses(pattern, { ...record, eventName: 'MODIFY' })).toBe(false)
    expect(streamPasses(pattern, { eventName: 'INSERT' })).toBe(false)
  })

  it('knows prefix, suffix and equals-ignore-case', () => {
    expect(passes([{ prefix: 'ab' }], 'abc')).toBe(true)
    expect(passes([{ prefix: 'ab' }], 'cab')).toBe(false)
    expect(passes([{ suffix: '.png' }], 'a.png')).toBe(true)
    expect(passes([{ suffix: '.png' }], 'png')).toBe(false)
    expect(passes([{ 'equals-ignore-case': 'aLiCe' }], 'Alice')).toBe(true)
    expect(passes([{ prefix: '1' }], 12)).toBe(false)
  })

  it('knows anything-but: a value, several, a prefix; the field must be there', () => {
    expect(passes([{ 'anything-but': 'a' }], 'b')).toBe(true)
    expect(passes([{ 'anything-but': ['a', 'b'] }], 'b')).toBe(false)
    expect(passes([{ 'anything-but': [1, 2] }], 3)).toBe(true)
    expect(passes([{ 'anything-but': { prefix: 'a' } }], 'ba')).toBe(true)
    expect(passes([{ 'anything-but': { prefix: 'a' } }], 'ab')).toBe(false)
    expect(passes([{ 'anything-but': 'a' }])).toBe(false)
  })

  it('exists looks at leaves only', () => {
    expect(passes([{ exists: true }], 'a')).toBe(true)
    expect(passes([{ exists: true }], null)).toBe(true)
    expect(passes([{ exists: true }])).toBe(false)
    expect(passes([{ exists: true }], { deeper: 1 })).toBe(false)
    expect(passes([{ exists: false }])).toBe(true)
    expect(passes([{ exists: false }], 'a')).toBe(false)
    expect(queuePasses({ body: { a: { b: [{ exists: false }] } } }, '{}')).toBe(true)
  })

  it('compares numbers in a range', () => {
    expect(passes([{ numeric: ['=', 5] }], 5)).toBe(true)
    expect(passes([{ numeric: ['>', 0, '<=', 5] }], 5)).toBe(true)
    expect(passes([{ numeric: ['>', 0, '<=', 5] }], 0)).toBe(false)
    expect(passes([{ numeric: ['>', 0] }], '1')).toBe(false)
  })

  it('passes when one of the $or alternatives does, and every key beside it', () => {
    const pattern = { body: { kind: ['k'], $or: [{ a: [1] }, { b: [2] }] } }
    expect(queuePasses(pattern, '{"kind":"k","b":2}')).toBe(true)
    expect(queuePasses(pattern, '{"kind":"k","b":3}')).toBe(false)
    expect(queuePasses(pattern, '{"kind":"x","a":1}')).toBe(false)
  })

  it('takes an array for any of its elements', () => {
    expect(passes(['b'], ['a', 'b'])).toBe(true)
    expect(queuePasses({ body: { list: { id: [2] } } }, '{"list":[{"id":1},{"id":2}]}')).toBe(true)
    expect(passes([{ exists: true }], [])).toBe(false)
  })

  it('passes when one of up to five filters does; without filters everything passes', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ eventName: [name] }))
    expect(compileFilters(five, 'dynamodb')({ eventName: 'e' })).toBe(true)
    expect(compileFilters(five, 'dynamodb')({ eventName: 'f' })).toBe(false)
    expect(compileFilters([], 'dynamodb')({})).toBe(true)
  })

  it('does not see what every JavaScript object has', () => {
    expect(queuePasses({ body: { toString: [{ exists: true }] } }, '{}')).toBe(false)
  })
})

describe('the body of a message', () => {
  it('is matched as JSON when it is JSON, and as text when it is not', () => {
    expect(queuePasses({ body: ['plain'] }, 'plain')).toBe(true)
    expect(queuePasses({ body: [{ prefix: 'pl' }] }, 'plain')).toBe(true)
    expect(queuePasses({ body: { a: [1] } }, '{"a":1}')).toBe(true)
  })
  it('that is not JSON does not match a JSON pattern, nor the other way round', () => {
    expect(queuePasses({ body: { a: [1] } }, 'plain')).toBe(false)
    expect(queuePasses({ body: ['{"a":1}'] }, '{"a":1}')).toBe(false)
    expect(queuePasses({ body: { a: [{ exists: false }] } }, 'plain')).toBe(false)
  })
  it('is not looked at by a pattern without a body', () => {
    expect(queuePasses({ messageId: ['1'] }, 'plain')).toBe(true)
  })
})

describe('a malformed pattern is refused', () => {
  it.each([
    ['a pattern that is no object', ['a'], /filter 1 is not a JSON object/],
    ['an empty pattern', {}, /filter 1 is not a JSON object/],
    ['an empty object inside', { a: {} }, /filter 1\.a is not a JSON object/],
    ['a value without an array', { a: { b: 'x' } }, /filter 1\.a\.b is "x", but a leaf is an array\. Write \["x"\]/],
    ['an empty array', { a: [] }, /filter 1\.a is an empty array/],
    ['an array in an array', { a: [['x']] }, /filter 1\.a\[0\] is an array in an array/],
    ['an unknown operator', { a: [{ wildcard: 'x*' }] }, /filter 1\.a\[0\] uses the unknown operator "wildcard"/],
    ['two operators at once', { a: [{ prefix: 'x', suffix: 'y' }] }, /operators/],
    ['a bad operand', { a: [{ prefix: 1 }] }, /bad operand for "prefix"/],
    ['exists without a boolean', { a: [{ exists: 'yes' }] }, /bad operand for "exists"/],
    ['a range upside down', { a: [{ numeric: ['>', 5, '<', 1] }] }, /bad operand for "numeric"/],
    ['an $or of one', { $or: [{ a: [1] }] }, /filter 1\.\$or is not an array of two/],
    ['anything-but nothing', { a: [{ 'anything-but': [] }] }, /bad operand for "anything-but"/],
  ])('%s', (_, pattern, words) => {
    expect(() => compileFilters([pattern], 'sqs')).toThrow(words)
  })
  it('numeric operators are refused for DynamoDB', () => {
    const pattern = { dynamodb: { NewImage: { n: { N: [{ numeric: ['=', 1] }] } } } }
    expect(() => compileFilters([pattern], 'dynamodb')).toThrow(/numbers in a stream record are text/)
  })
  it('six filters are refused', () => {
    expect(() => compileFilters(Array(6).fill({ a: ['x'] }), 'sqs')).toThrow(/6 filters/)
  })
})

describe('whatever the record', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const record = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== '$or' && key !== '__proto__'),
    fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '$or' && key !== '__proto__'),
      leaf,
      { minKeys: 1 },
    ),
    { minKeys: 1 },
  )
  const patternOf = (source: Record<string, Record<string, unknown>>, rule: (value: unknown) => unknown) =>
    Object.fromEntries(
      Object.entries(source).map(([key, inner]) => [
        key,
        Object.fromEntries(Object.entries(inner).map(([name, value]) => [name, [rule(value)]])),
      ]),
    )

  it('a pattern made of its own values matches, and matches no less with more fields around', () => {
    fc.assert(
      fc.property(record, (source) => {
        const pattern = patternOf(source, (value) => value)
        expect(streamPasses(pattern, source)).toBe(true)
        expect(streamPasses(pattern, { ...source, 'another field': 1 })).toBe(true)
      }),
    )
  })

  it('of exists true and exists false exactly one matches a single leaf', () => {
    fc.assert(
      fc.property(record, fc.string({ minLength: 1 }), (source, name) => {
        const at = (exists: boolean) => streamPasses({ [`x${name}`]: [{ exists }] }, { ...source })
        expect(at(true)).toBe(!at(false))
      }),
    )
  })

  it('anything-but a leaf is the opposite of the leaf', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (excluded, value) => {
        expect(passes([{ 'anything-but': excluded }], value)).toBe(!passes([excluded], value))
      }),
    )
  })
})
