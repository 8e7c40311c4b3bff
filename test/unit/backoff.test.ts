import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffProblem } from '../../shared/define/backoff.ts'
import { backoffSeconds } from '../../shared/lib/retry.ts'

describe('backoff', () => {
  it('is within its bounds, for every attempt and chance', () => {
    const random = fc.nat(999).map((n) => n / 1_000)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        random,
        fc.nat(60),
        fc.nat(43_200),
        (attempt, chance, base, cap) => {
          const seconds = backoffSeconds({ baseSeconds: base, capSeconds: cap }, attempt, chance)
          expect(seconds).toBeGreaterThanOrEqual(0)
          expect(seconds).toBeLessThanOrEqual(Math.min(cap, base * 2 ** Math.min(attempt - 1, 100)))
        },
      ),
    )
  })

  it('doubles, up to the cap, and spreads from nothing', () => {
    const waits = [1, 2, 3, 4, 5].map((n) => backoffSeconds({ baseSeconds: 2, capSeconds: 20 }, n, 0.5))
    expect(waits).toEqual([1, 2, 4, 8, 10])
    expect(backoffSeconds({ baseSeconds: 2, capSeconds: 20 }, 9, 0)).toBe(0)
  })

  it.each([
    [{ baseSeconds: 1, capSeconds: 900 }, 25, undefined],
    [{ baseSeconds: 0, capSeconds: 0 }, 25, undefined],
    [{ baseSeconds: -1, capSeconds: 900 }, 5, /backoff.baseSeconds is -1; it must be a number from 0/],
    [{ baseSeconds: 10, capSeconds: 5 }, 5, /backoff.capSeconds is 5; it must be a number from baseSeconds \(10\)/],
    [{ baseSeconds: 1, capSeconds: 43_200 }, 5, /39600/],
    [{ baseSeconds: Number.NaN, capSeconds: 1 }, 5, /baseSeconds is NaN/],
    [{ baseSeconds: 1, capSeconds: Number.POSITIVE_INFINITY }, 5, /capSeconds is Infinity/],
    [{ baseSeconds: '1', capSeconds: 900 } as never, 5, /baseSeconds is "1"/],
    [{ baseSeconds: 1 } as never, 5, /capSeconds is undefined/],
    [
      { baseSeconds: 1, capSeconds: 900, jitter: true } as never,
      5,
      /unknown option "jitter" \(known: baseSeconds, capSeconds\)/,
    ],
    [{ baseSeconds: 39_600, capSeconds: 39_600 }, 25, /add up to 950400 s, more than half of/],
  ])('%j with %i attempts: %s', (backoff, attempts, problem) => {
    const found = backoffProblem(backoff, attempts)
    if (problem) expect(found).toMatch(problem)
    else expect(found).toBeUndefined()
  })
})
