/**
 * FilterCriteria of an event source mapping: the event pattern grammar as far as Lambda documents it.
 * Keys of a pattern are AND-ed, the rules of a leaf array are OR-ed, the patterns of a mapping are OR-ed.
 */

import type { FilterSource, LeafRule, Pattern } from './filter-grammar.ts'
import { checkPatterns } from './filter-grammar.ts'

/**
 * Checks the patterns and returns the test for one record of the event, as the function would get it.
 * Throws an Error that names the place in the pattern that Lambda would refuse.
 */
export function compileFilters(patterns: readonly unknown[], source: FilterSource): (record: object) => boolean {
  const checked = checkPatterns(patterns, source)
  if (checked.length === 0) return () => true
  if (source === 'dynamodb') return (record) => checked.some((pattern) => matches(pattern, record))
  return (record) => {
    const message = withReadableBody(record)
    return checked.some((pattern) => agreesOnFormat(pattern, message) && matches(pattern, message))
  }
}

/** A pattern for JSON never matches a body that is plain text, whatever it asks, nor the other way round. */
function agreesOnFormat(pattern: Pattern, message: object): boolean {
  if (pattern.body === undefined || !('body' in message)) return true
  return Array.isArray(pattern.body) === (typeof message.body === 'string')
}

/** Lambda matches a body that is JSON as JSON, and any other body as the text it is. */
function withReadableBody(record: object): object {
  if (!('body' in record) || typeof record.body !== 'string') return record
  try {
    const parsed: unknown = JSON.parse(record.body)
    return typeof parsed === 'object' && parsed !== null ? { ...record, body: parsed } : record
  } catch {
    return record
  }
}

function matches(pattern: Pattern, value: unknown): boolean {
  // An array stands for any of its elements, at every depth.
  if (Array.isArray(value) && value.length > 0) return value.some((element) => matches(pattern, element))
  return Object.entries(pattern).every(([key, rule]) => {
    if (key === '$or') return (rule as readonly Pattern[]).some((alternative) => matches(alternative, value))
    const field = fieldOf(value, key)
    return Array.isArray(rule) ? matchesLeaf(rule, leaves(field)) : matches(rule as Pattern, field)
  })
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

/** The values at a path that a rule can look at; an object is not a leaf, so nothing can be said about it. */
function leaves(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves)
  return value === undefined || (typeof value === 'object' && value !== null) ? [] : [value]
}

function matchesLeaf(rules: readonly LeafRule[], values: readonly unknown[]): boolean {
  return rules.some((rule) => {
    if (isOperator(rule) && 'exists' in rule) return values.length > 0 === rule.exists
    return values.some((value) => matchesValue(rule, value))
  })
}

function matchesValue(rule: LeafRule, value: unknown): boolean {
  if (!isOperator(rule)) return rule === value
  if ('anything-but' in rule) return !excludes(rule['anything-but'], value)
  if ('numeric' in rule) return typeof value === 'number' && inRange(rule.numeric, value)
  if (typeof value !== 'string') return false
  if ('prefix' in rule) return value.startsWith(rule.prefix)
  if ('suffix' in rule) return value.endsWith(rule.suffix)
  if ('equals-ignore-case' in rule) return value.toLowerCase() === rule['equals-ignore-case'].toLowerCase()
  return false
}

function isOperator(rule: LeafRule): rule is Exclude<LeafRule, string | number | boolean | null> {
  return typeof rule === 'object' && rule !== null
}

function excludes(excluded: unknown, value: unknown): boolean {
  if (Array.isArray(excluded)) return excluded.includes(value)
  if (typeof excluded !== 'object' || excluded === null) return excluded === value
  return typeof value === 'string' && value.startsWith((excluded as { prefix: string }).prefix)
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

/** `['>', 0, '<=', 5]`: pairs of a comparison and a bound, all of which must hold. */
function inRange(numeric: readonly (string | number)[], value: number): boolean {
  for (let at = 0; at < numeric.length; at += 2) {
    if (!comparisons[String(numeric[at])]?.(value, Number(numeric[at + 1]))) return false
  }
  return true
}
