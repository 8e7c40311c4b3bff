import { describe, expect, it } from 'vitest'
import { errorLine } from '../../shared/errors.ts'

describe('an error in one line', () => {
  it('has name and message, and never the stack', () => {
    expect(errorLine(new RangeError('too\n  far'))).toBe('RangeError: too far')
    expect(errorLine('text')).toBe('Thrown: text')
    expect(errorLine(undefined)).toBe('Thrown: undefined')
  })

  it('is cut, but never within a character', () => {
    const line = errorLine(new Error('😀'.repeat(1_000)))
    expect(line.length).toBeLessThanOrEqual(1_000)
    expect(line.isWellFormed()).toBe(true)
  })

  it('has nothing in it that a terminal obeys', () => {
    expect(errorLine(new Error('red \u001b[31m, back\u0008, \u009b2J, turned \u202e.'))).toBe(
      'Error: red [31m, back , 2J, turned .',
    )
  })
})
