import { describe, expect, it } from 'vitest'
import { prices, usdOf } from '../../shared/lib/prices.ts'

describe('prices', () => {
  it('are those of one region at one date, none of them zero', () => {
    expect(prices.region).toBe('us-east-1')
    expect(prices.date).toMatch(/^\d{4}-\d{2}$/)
    for (const { usd, per } of Object.values(prices.items)) {
      expect(usd).toBeGreaterThan(0)
      expect(per).toBeGreaterThan(0)
    }
  })

  it('are asked by the quantity of their unit', () => {
    expect(usdOf('dynamodbWrite', 4_000_000)).toBeCloseTo(2.5, 10)
    expect(usdOf('sesMail', 1)).toBeCloseTo(0.0001, 10)
    expect(usdOf('lambdaCompute', 128 / 1024)).toBeCloseTo(0.0000016667, 9)
  })
})
