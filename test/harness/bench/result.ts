import type { Spread } from './statistics.ts'

/** A line of a bench's table. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly value: Spread | number
}

/** What a bench set out to reach. */
export interface Goal {
  readonly what: string
  readonly is: Spread | number
  readonly unit?: string
  readonly op: '≤' | '≥'
  readonly limit: number
  /** Why it cannot be met, where it is not. */
  readonly because?: string
}

export interface Result {
  readonly rows: readonly Row[]
  readonly goals: readonly Goal[]
  readonly notes?: readonly string[]
}

export function figureOf(value: Spread | number): number {
  return typeof value === 'number' ? value : value.median
}

export function isMet({ is, op, limit }: Goal): boolean {
  return op === '≤' ? figureOf(is) <= limit : figureOf(is) >= limit
}
