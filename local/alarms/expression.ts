/** A datapoint; `undefined` where there is none. */
export type Value = number | undefined

/** The datapoint of an expression, given those of the metrics it names. */
export type Expression = (values: Readonly<Record<string, Value>>) => Value

type Tokens = string[]

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|[<>=!]=|&&|\|\||[-+*/(),[\]<>])/y

/**
 * Metric math as far as alarms of templates use it: numbers, metrics, `+ - * /`, comparisons, `AND`, `OR`, parentheses,
 * `IF(c, a, b)`, `FILL(m, n)`, `MAX([…])`, `MIN([…])` and `SUM([…])`. All else is refused. An operation with a missing
 * datapoint, or a division by zero, has none.
 */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text)
  const expression = logical(tokens)
  if (tokens.length > 0) throw refused(text, tokens[0])
  return expression

  function logical(rest: Tokens): Expression {
    return chain(rest, ['AND', '&&', 'OR', '||'], () =>
      chain(rest, ['>', '<', '>=', '<=', '==', '!='], () => additive(rest)),
    )
  }

  function additive(rest: Tokens): Expression {
    return chain(rest, ['+', '-'], () => chain(rest, ['*', '/'], () => operand(rest)))
  }

  function operand(rest: Tokens): Expression {
    const token = rest.shift()
    if (token === undefined) throw refused(text, 'the end')
    if (token === '-') return binary('-', () => 0, operand(rest))
    if (token === '(') return closed(rest, logical(rest))
    if (/^\d/.test(token)) return () => Number(token)
    if (rest[0] === '(') return call(token, rest)
    if (/^[a-z]\w*$/.test(token)) return (values) => values[token]
    throw refused(text, token)
  }

  function call(name: string, rest: Tokens): Expression {
    rest.shift()
    if (name === 'FILL') {
      const metric = additive(rest)
      if (rest.shift() !== ',' || !/^\d/.test(rest[0] ?? '')) throw refused(text, 'FILL without a number')
      const filler = Number(rest.shift())
      return closed(rest, (values) => metric(values) ?? filler)
    }
    if (name === 'IF') {
      const [condition, yes, no, ...more] = list(rest)
      if (!condition || !yes || !no || more.length > 0) throw refused(text, 'IF without three parts')
      return closed(rest, (values) => {
        const holds = condition(values)
        return holds === undefined ? undefined : (holds === 0 ? no : yes)(values)
      })
    }
    const combine = COMBINE[name]
    if (!combine) throw refused(text, name)
    const parts = list(rest)
    return closed(rest, (values) => {
      const present = parts.map((part) => part(values)).filter((value) => value !== undefined)
      return present.length === 0 ? undefined : combine(present)
    })
  }

  function list(rest: Tokens): Expression[] {
    const bracketed = rest[0] === '['
    if (bracketed) rest.shift()
    const parts = [logical(rest)]
    while (rest[0] === ',') {
      rest.shift()
      parts.push(logical(rest))
    }
    if (bracketed && rest.shift() !== ']') throw refused(text, 'a list without ]')
    return parts
  }

  function closed(rest: Tokens, inner: Expression): Expression {
    if (rest.shift() !== ')') throw refused(text, 'a missing )')
    return inner
  }
}

const COMBINE: Readonly<Record<string, (values: readonly number[]) => number>> = {
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((total, value) => total + value, 0),
}

function chain(tokens: Tokens, operators: readonly string[], next: () => Expression): Expression {
  let left = next()
  while (operators.includes(tokens[0] ?? '')) left = binary(tokens.shift() ?? '', left, next())
  return left
}

function binary(operator: string, left: Expression, right: Expression): Expression {
  return (values) => {
    const a = left(values)
    const b = right(values)
    if (a === undefined || b === undefined) return undefined
    return OPERATE[operator]?.(a, b)
  }
}

/** Comparisons and logic have 1 for true and 0 for false. */
const OPERATE: Readonly<Record<string, (a: number, b: number) => Value>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? undefined : a / b),
  '>': (a, b) => Number(a > b),
  '<': (a, b) => Number(a < b),
  '>=': (a, b) => Number(a >= b),
  '<=': (a, b) => Number(a <= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  OR: (a, b) => Number(a !== 0 || b !== 0),
  '||': (a, b) => Number(a !== 0 || b !== 0),
}

function tokenize(text: string): Tokens {
  const tokens: Tokens = []
  const pattern = new RegExp(TOKEN)
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex
    const token = pattern.exec(text)?.[1]
    if (token === undefined) throw refused(text, text.slice(at, at + 10).trim())
    tokens.push(token)
  }
  return tokens
}

function refused(text: string, where: string | undefined): Error {
  return new Error(
    `The metric math "${text}" is not evaluated here (at ${where}). ` +
      'Use numbers, metrics, + - * /, comparisons, AND, OR, IF, FILL(m, n), MAX, MIN and SUM, or teach it to local/alarms/expression.ts.',
  )
}
