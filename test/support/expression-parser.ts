/** DynamoDB's condition and update expressions, as far as the core uses them, compiled to functions. */
import { isDeepStrictEqual } from 'node:util'
import type { Item } from '../../shared/lib/write.ts'
import { ValidationException } from './validation.ts'

/** What an expression is evaluated against: the item as it was, and its placeholders resolved. */
export interface Scope {
  readonly item: Item
  name(token: string): string
  value(token: string): unknown
}

type Operand = (scope: Scope) => unknown
export type Condition = (scope: Scope) => boolean
/** Changes `target`, reading only the item as it was. */
export type Action = { readonly path: string; readonly apply: (scope: Scope, target: Record<string, unknown>) => void }

const comparators: Readonly<Record<string, (a: number | string, b: number | string) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

export function parseCondition(text: string): Condition {
  const tokens = reader(text)
  const condition = either(tokens)
  tokens.end()
  return condition
}

export function parseUpdate(text: string): Action[] {
  const tokens = reader(text)
  const actions: Action[] = []
  while (tokens.peek() !== undefined) {
    const section = tokens.next()
    const action = sections[section]
    if (!action) throw new ValidationException(`Syntax error; token: "${section}"`)
    do actions.push(action(tokens))
    while (tokens.accept(','))
  }
  return actions
}

type Tokens = ReturnType<typeof reader>

function reader(text: string) {
  const tokens = text.match(/[#:]?[A-Za-z_0-9]+|<>|<=|>=|\S/g) ?? []
  let at = 0
  const next = () => {
    const token = tokens[at++]
    if (token === undefined) throw new ValidationException(`Syntax error; expression ends early: ${text}`)
    return token
  }
  const accept = (token: string) => tokens[at] === token && ++at > 0
  return {
    peek: () => tokens[at],
    next,
    accept,
    expect(token: string) {
      if (!accept(token)) throw new ValidationException(`Syntax error; token: "${tokens[at]}", expected "${token}"`)
    },
    end() {
      if (at < tokens.length) throw new ValidationException(`Syntax error; token: "${tokens[at]}"`)
    },
  }
}

function either(tokens: Tokens): Condition {
  const left = both(tokens)
  if (!tokens.accept('OR')) return left
  const right = either(tokens)
  return (scope) => left(scope) || right(scope)
}

function both(tokens: Tokens): Condition {
  const left = single(tokens)
  if (!tokens.accept('AND')) return left
  const right = both(tokens)
  return (scope) => left(scope) && right(scope)
}

function single(tokens: Tokens): Condition {
  if (tokens.accept('(')) {
    const inner = either(tokens)
    tokens.expect(')')
    return inner
  }
  if (tokens.accept('NOT')) {
    const inner = single(tokens)
    return (scope) => !inner(scope)
  }
  if (tokens.accept('contains')) {
    const [path, element] = parameters(tokens, 2)
    return (scope) => {
      const set = path?.(scope)
      return set instanceof Set && set.has(element?.(scope))
    }
  }
  const exists = tokens.accept('attribute_exists')
  if (exists || tokens.accept('attribute_not_exists')) {
    const [path] = parameters(tokens, 1)
    return (scope) => (path?.(scope) !== undefined) === exists
  }
  return comparison(tokens)
}

function comparison(tokens: Tokens): Condition {
  const left = operand(tokens)
  const sign = tokens.next()
  const right = operand(tokens)
  if (sign === '=') return (scope) => isEqual(left(scope), right(scope))
  if (sign === '<>') return (scope) => !isEqual(left(scope), right(scope))
  const compare = comparators[sign]
  if (!compare) throw new ValidationException(`Syntax error; token: "${sign}"`)
  return (scope) => {
    const [a, b] = [left(scope), right(scope)]
    return isOrdered(a) && typeof a === typeof b && compare(a, b as typeof a)
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && isDeepStrictEqual(a, b))
}

/** Only numbers and texts have an order; a missing attribute is not smaller than anything. */
function isOrdered(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string'
}

function operand(tokens: Tokens): Operand {
  const token = tokens.next()
  if (token.startsWith(':')) return (scope) => scope.value(token)
  if (token === 'if_not_exists') {
    const [path, otherwise] = parameters(tokens, 2)
    return (scope) => path?.(scope) ?? otherwise?.(scope)
  }
  if (token === 'list_append') {
    const lists = parameters(tokens, 2)
    return (scope) => lists.flatMap((list) => listOf(present(list(scope))))
  }
  return (scope) => scope.item[scope.name(token)]
}

function parameters(tokens: Tokens, count: number): Operand[] {
  tokens.expect('(')
  const list = [operand(tokens)]
  while (tokens.accept(',')) list.push(operand(tokens))
  tokens.expect(')')
  if (list.length !== count) throw new ValidationException(`Incorrect number of operands: ${list.length}, not ${count}`)
  return list
}

function present(value: unknown): unknown {
  if (value !== undefined) return value
  throw new ValidationException('The provided expression refers to an attribute that does not exist in the item')
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw new ValidationException('An operand in the update expression has an incorrect data type')
}

function setOf(value: unknown): Set<unknown> {
  if (value instanceof Set) return value
  throw new ValidationException('An operand in the update expression has an incorrect data type')
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  throw new ValidationException('An operand in the update expression has an incorrect data type')
}

const sections: Readonly<Record<string, (tokens: Tokens) => Action>> = {
  SET(tokens) {
    const path = tokens.next()
    tokens.expect('=')
    const value = sum(tokens)
    return { path, apply: (scope, target) => (target[scope.name(path)] = present(value(scope))) }
  },
  REMOVE(tokens) {
    const path = tokens.next()
    return { path, apply: (scope, target) => delete target[scope.name(path)] }
  },
  ADD(tokens) {
    const path = tokens.next()
    const more = operand(tokens)
    return {
      path,
      apply: (scope, target) => {
        const [before, added] = [scope.item[scope.name(path)], more(scope)]
        target[scope.name(path)] =
          added instanceof Set
            ? new Set([...setOf(before ?? new Set()), ...setOf(added)])
            : numberOf(before ?? 0) + numberOf(added)
      },
    }
  },
  /** A set that becomes empty is gone. */
  DELETE(tokens) {
    const path = tokens.next()
    const less = operand(tokens)
    return {
      path,
      apply: (scope, target) => {
        const name = scope.name(path)
        const leaving = setOf(less(scope))
        const rest = new Set([...setOf(scope.item[name] ?? new Set())].filter((element) => !leaving.has(element)))
        if (rest.size > 0) target[name] = rest
        else delete target[name]
      },
    }
  },
}

function sum(tokens: Tokens): Operand {
  const left = operand(tokens)
  const sign = tokens.peek()
  if (sign !== '+' && sign !== '-') return left
  tokens.next()
  const right = operand(tokens)
  const factor = sign === '+' ? 1 : -1
  return (scope) => numberOf(present(left(scope))) + factor * numberOf(present(right(scope)))
}
