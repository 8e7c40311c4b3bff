import { combined, conditional, type Operand, scalar, series, type Value } from './operands.ts'

/** The datapoint of an expression, given those of the metrics it names. */
export type Expression = (values: Readonly<Record<string, Value>>) => Value

type Tokens = string[]

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|[<>=!]=|&&|\|\||[-+*/(),[\]<>])/y

/** Operators of one precedence, the loosest first. `&&` and `||` are other names. */
const LEVELS = [['OR'], ['AND'], ['==', '!=', '<=', '>=', '<', '>'], ['+', '-'], ['*', '/']] as const
const NAMES: Readonly<Record<string, string>> = { '&&': 'AND', '||': 'OR' }

/**
 * Metric math as far as alarms of templates use it: numbers, metrics, `+ - * /`, comparisons, `AND`, `OR`, parentheses,
 * `IF(c, t, e)`, `FILL(m, n)`, `MAX([…])`, `MIN([…])` and `SUM([…])`. All else is refused.
 */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text)
  const parsed = level(0, tokens)
  if (tokens.length > 0) throw refused(text, tokens[0])
  return parsed.at

  function level(depth: number, rest: Tokens): Operand {
    const operators: readonly string[] | undefined = LEVELS[depth]
    if (!operators) return operand(rest)
    let left = level(depth + 1, rest)
    while (operators.includes(rest[0] ?? '')) left = combined(rest.shift() ?? '', left, level(depth + 1, rest))
    return left
  }

  function operand(rest: Tokens): Operand {
    const token = rest.shift()
    if (token === undefined) throw refused(text, 'the end')
    if (token === '-') return combined('-', scalar(0), operand(rest))
    if (token === '(') return closed(rest, level(0, rest))
    if (/^\d/.test(token)) return scalar(Number(token))
    if (rest[0] === '(') return call(token, rest)
    if (/^[a-z]\w*$/.test(token)) return series((values) => values[token])
    throw refused(text, token)
  }

  function call(name: string, rest: Tokens): Operand {
    rest.shift()
    if (name === 'FILL') return fill(rest)
    if (name === 'IF') return choice(rest)
    const combine = COMBINE[name]
    if (!combine) throw refused(text, name)
    const parts = list(rest)
    const present = (values: Parameters<Expression>[0]) =>
      parts.map((part) => part.at(values)).filter((value) => value !== undefined)
    const at = series((values) => (present(values).length === 0 ? undefined : combine(present(values))))
    return closed(rest, at)
  }

  function fill(rest: Tokens): Operand {
    const metric = level(0, rest)
    if (rest.shift() !== ',' || !/^\d/.test(rest[0] ?? '')) throw refused(text, 'FILL without a number')
    const filler = Number(rest.shift())
    return closed(
      rest,
      series((values) => metric.at(values) ?? filler),
    )
  }

  function choice(rest: Tokens): Operand {
    const [condition, then, otherwise, more] = list(rest)
    if (!condition || !then || more) throw refused(text, 'IF without two or three arguments')
    return closed(rest, conditional(condition, then, otherwise))
  }

  function list(rest: Tokens): Operand[] {
    const bracketed = rest[0] === '['
    if (bracketed) rest.shift()
    const parts = [level(0, rest)]
    while (rest[0] === ',') {
      rest.shift()
      parts.push(level(0, rest))
    }
    if (bracketed && rest.shift() !== ']') throw refused(text, 'a list without ]')
    return parts
  }

  function closed(rest: Tokens, inner: Operand): Operand {
    if (rest.shift() !== ')') throw refused(text, 'a missing )')
    return inner
  }
}

const COMBINE: Readonly<Record<string, (values: readonly number[]) => number>> = {
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((total, value) => total + value, 0),
}

function tokenize(text: string): Tokens {
  const tokens: Tokens = []
  const pattern = new RegExp(TOKEN)
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex
    const token = pattern.exec(text)?.[1]
    if (token === undefined) throw refused(text, text.slice(at, at + 10).trim())
    tokens.push(NAMES[token] ?? token)
  }
  return tokens
}

function refused(text: string, where: string | undefined): Error {
  return new Error(
    `The metric math "${text}" is not evaluated here (at ${where}). ` +
      'Use numbers, metrics, + - * /, comparisons, AND, OR, IF, FILL(m, n), MAX, MIN and SUM.',
  )
}
