/** Evaluates the expressions of one write: its condition and its update share names and values, as in DynamoDB. */
import type { Expression, Item, TransactWrite } from '../../shared/lib/write.ts'
import { type Action, type Condition, parseCondition, parseUpdate, type Scope } from './expression-parser.ts'
import { ValidationException } from './validation.ts'

/** A write, ready to be judged against the item it meets. */
export interface Compiled {
  holds(item: Item | undefined): boolean
  update(item: Item): Item
}

/** @throws ValidationException for a placeholder that is missing, or given and not used */
export function compile(write: TransactWrite): Compiled {
  const update = write.op === 'update' ? write.update : undefined
  const { condition } = write
  const expressions = [update, condition].filter((e) => e !== undefined)
  const shape = expressions.map(shapeOf).join()
  if (!sound.has(shape)) checkPlaceholders(expressions)
  sound.add(shape)
  const names = { ...update?.names, ...condition?.names }
  const values = { ...update?.values, ...condition?.values }
  const scopeOf = (item: Item): Scope => ({
    item,
    name: (token) => (token.startsWith('#') ? (names[token] ?? '') : token),
    value: (token) => values[token],
  })
  const test = condition && conditions(condition.text)
  const actions = update ? updates(update.text) : []
  checkPaths(actions, scopeOf({}), write)
  return {
    holds: (item) => test?.(scopeOf(item ?? {})) ?? true,
    update(item) {
      const target: Record<string, unknown> = { ...item }
      const scope = scopeOf(item)
      for (const action of actions) action.apply(scope, target)
      return target
    },
  }
}

const conditions = remembering<Condition>(parseCondition)
const updates = remembering<readonly Action[]>(parseUpdate)

/** The core's expressions are few and come again and again. */
function remembering<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const parsed = known.get(text) ?? parse(text)
    known.set(text, parsed)
    return parsed
  }
}

/** Shapes of expressions whose placeholders were found to be all there. */
const sound = new Set<string>()

function shapeOf({ text, names, values }: Expression): string {
  return `${text} ${Object.keys(names ?? {})} ${Object.keys(values ?? {})}`
}

function checkPlaceholders(expressions: readonly Expression[]): void {
  const used = new Set(expressions.flatMap(({ text }) => placeholdersOf(text)))
  const given = new Set(expressions.flatMap((e) => [...Object.keys(e.names ?? {}), ...Object.keys(e.values ?? {})]))
  for (const token of given) {
    if (used.has(token)) continue
    const what = token.startsWith('#') ? 'ExpressionAttributeNames' : 'ExpressionAttributeValues'
    throw new ValidationException(`Value provided in ${what} unused in expressions: keys: {${token}}`)
  }
  for (const token of used) {
    if (given.has(token)) continue
    throw new ValidationException(`An expression attribute used in expression is not defined: ${token}`)
  }
}

const placeholdersOf = remembering((text: string) => text.match(/[#:][A-Za-z_0-9]+/g) ?? [])

/** DynamoDB refuses an update that touches an attribute twice, or a key. */
function checkPaths(actions: readonly Action[], scope: Scope, write: TransactWrite): void {
  const seen = new Set<string>()
  for (const { path } of actions) {
    const name = scope.name(path)
    if (seen.has(name)) throw new ValidationException(`Two document paths overlap with each other: ${name}`)
    if (write.op === 'update' && name in write.key) {
      throw new ValidationException(`Cannot update attribute ${name}. This attribute is part of the key`)
    }
    seen.add(name)
  }
}
