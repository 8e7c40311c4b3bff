/** A datapoint; `undefined` where there is none. */
export type Value = number | undefined

/** A part of an expression. A scalar has a value at every time, and so adds no datapoint where a series has none. */
export interface Operand {
  readonly isScalar: boolean
  /** Its datapoint, given those of the metrics it names. */
  at(values: Readonly<Record<string, Value>>): Value
}

export const scalar = (value: number): Operand => ({ isScalar: true, at: () => value })
export const series = (at: Operand['at']): Operand => ({ isScalar: false, at })

const isTrue = (holds: boolean): number => (holds ? 1 : 0)

const OPERATORS: Readonly<Record<string, (a: number, b: number) => Value>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? undefined : a / b),
  '==': (a, b) => isTrue(a === b),
  '!=': (a, b) => isTrue(a !== b),
  '<=': (a, b) => isTrue(a <= b),
  '>=': (a, b) => isTrue(a >= b),
  '<': (a, b) => isTrue(a < b),
  '>': (a, b) => isTrue(a > b),
  AND: (a, b) => isTrue(a !== 0 && b !== 0),
  OR: (a, b) => isTrue(a !== 0 || b !== 0),
}

/**
 * Arithmetic, comparison and logic of CloudWatch: where one of two series has a datapoint, a missing one of the other counts
 * as 0. Where neither has one, there is none. A division by zero has none.
 */
export function combined(operator: string, left: Operand, right: Operand): Operand {
  const apply = OPERATORS[operator] as NonNullable<(typeof OPERATORS)[string]>
  const isScalar = left.isScalar && right.isScalar
  return {
    isScalar,
    at(values) {
      const [a, b] = [left.at(values), right.at(values)]
      const isThere = (a !== undefined && !left.isScalar) || (b !== undefined && !right.isScalar)
      return isScalar || isThere ? apply(a ?? 0, b ?? 0) : undefined
    },
  }
}

/** `IF(condition, then, otherwise)`: true is all but 0. A missing `then` counts as 0; a missing condition or `otherwise` leaves no datapoint. */
export function conditional(condition: Operand, then: Operand, otherwise?: Operand): Operand {
  return series((values) => {
    const holds = condition.at(values)
    if (holds === undefined) return undefined
    return holds === 0 ? otherwise?.at(values) : (then.at(values) ?? 0)
  })
}
