/** The renderer: a row of the table of transitions becomes one conditional DynamoDB write. */
import { absent, type Expression, type Item, type Write } from '../../lib/write.ts'
import type { Effect } from '../effect.ts'
import { type Clause, clauses, type GuardValues } from './clauses.ts'
import { type Arrow, type Transition, type TransitionName, transitions } from './transitions.ts'

type Row<N extends TransitionName> = (typeof transitions)[N]
type Listed<R, K extends string> = R extends { readonly [P in K]: readonly (infer A)[] } ? A : never
/** One value for each attribute that the row sets; `undefined` sets none. */
export type Values<N extends TransitionName> = {
  readonly [A in Listed<Row<N>, 'set' | 'setIfAbsent' | 'setAfterAttempts'> & keyof Effect]: Effect[A] | undefined
}

/** Everything a write needs besides its row. */
export interface Inputs<N extends TransitionName> {
  readonly values: Values<N>
  readonly guard?: GuardValues
  /** Attributes that the row removes, and this write does not. */
  readonly keep?: readonly string[]
}

/** The write of a transition. */
export function transitionWrite<N extends TransitionName>(name: N, jobId: string, inputs: Inputs<N>): Write {
  const row: Transition = transitions[name]
  const values: Readonly<Record<string, unknown>> = inputs.values
  const condition = conditionOf(row, inputs.guard ?? {})
  if (row.replaces)
    return { op: 'put', table: 'effects', item: { pk: jobId, state: row.to, ...known(values) }, condition }
  const update = updateOf(row, values, inputs.keep ?? [])
  return { op: 'update', table: 'effects', key: { pk: jobId }, update, condition, quiet: row.quiet }
}

function known(values: Readonly<Record<string, unknown>>): Item {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function updateOf(row: Transition, values: Readonly<Record<string, unknown>>, keep: readonly string[]): Expression {
  const isGiven = (name: string) => values[name] !== undefined
  const { setIfAbsent = [], setAfterAttempts = [], remove = [] } = row
  const sets = [
    `#state = :${row.to}`,
    ...row.set.filter(isGiven).map((name) => `${nameOf(name)} = :${name}`),
    ...setIfAbsent.filter(isGiven).map((name) => `${nameOf(name)} = if_not_exists(${nameOf(name)}, :${name})`),
    ...setAfterAttempts.filter(isGiven).map((name) => `${nameOf(name)} = attempts + :${name}`),
  ]
  const removed = remove.filter((name) => !isGiven(name) && !keep.includes(name)).map(nameOf)
  const adds = Object.entries(row.add ?? {}).map(([name, by]) => `${name} ${by === 1 ? ':one' : ':minusOne'}`)
  const sections = { SET: sets, REMOVE: removed, ADD: adds }
  const text = Object.entries(sections).flatMap(([word, list]) =>
    list.length > 0 ? [`${word} ${list.join(', ')}`] : [],
  )
  return expression(text.join(' '), values)
}

/** Any arrow of the row: the effect is in one of its states, and all clauses of its guard hold. */
function conditionOf({ arrows }: Transition, guard: GuardValues): Expression {
  const parts = arrows.flatMap((arrow) => arrowCondition(arrow, guard) ?? [])
  return expression(parts.length > 1 ? parts.map((part) => `(${part})`).join(' OR ') : parts.join(), { ...guard })
}

/** The condition of one arrow; `undefined` where a clause fails for want of a value. */
function arrowCondition({ from, when = [] }: Arrow, guard: GuardValues): string | undefined {
  const texts: string[] = []
  for (const name of when) {
    const { text, ifUnknown }: Clause = clauses[name]
    if (hasValues(text, guard)) texts.push(text)
    else if (ifUnknown === 'fails') return undefined
    else if (ifUnknown !== 'holds') throw new Error(`the clause ${name} lacks a value: "${text}"`)
  }
  const states = from.map((state) => (state === 'none' ? absent.text : `#state = :${state}`))
  return [states.length === 1 ? states[0] : `(${states.join(' OR ')})`, ...texts].join(' AND ')
}

function hasValues(text: string, guard: GuardValues): boolean {
  return usedIn(text).placeholders.every((name) => name in constants || guard[name as keyof GuardValues] !== undefined)
}

const constants = {
  zero: 0,
  one: 1,
  minusOne: -1,
  running: 'running',
  retrying: 'retrying',
  succeeded: 'succeeded',
  dead: 'dead',
  cancelled: 'cancelled',
} as const

/** Attributes whose names are words of DynamoDB's own. */
const reserved = ['state', 'owner', 'type', 'shared', 'result']

function nameOf(attribute: string): string {
  return reserved.includes(attribute) ? `#${attribute}` : attribute
}

/** An expression with the names and values that it uses, and no others: DynamoDB refuses those. */
function expression(text: string, given: Readonly<Record<string, unknown>>): Expression {
  const { names, placeholders } = usedIn(text)
  const values: Record<string, unknown> = {}
  for (const name of placeholders) values[`:${name}`] = given[name] ?? constants[name as keyof typeof constants]
  return { text, names, values }
}

interface Used {
  readonly names: Readonly<Record<string, string>>
  readonly placeholders: readonly string[]
}

/** Names and placeholders by text. The texts are few, and each job renders several: to search them again is most of the work. */
const used = new Map<string, Used>()

function usedIn(text: string): Used {
  const found = used.get(text) ?? {
    names: Object.fromEntries(reserved.filter((name) => text.includes(`#${name}`)).map((name) => [`#${name}`, name])),
    placeholders: [...new Set(Array.from(text.matchAll(/:(\w+)/g), ([, name]) => String(name)))],
  }
  used.set(text, found)
  return found
}
