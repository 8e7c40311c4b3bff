/** JSON of a request, as exact as it was sent: what JSON.parse would change, or no later step can carry, is refused with its path. */

import { illFormedPath } from '../../shared/lib/well-formed.ts'
import { isNestedDeeper, type Problem, tooDeep } from '../../shared/outbox/job-problem.ts'

export type Json =
  | { readonly kind: 'value'; readonly value: unknown }
  /** It is not JSON. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** It is JSON, with a value that cannot be carried. */
  | { readonly kind: 'refused'; readonly problem: Problem }

/** Half of a surrogate pair can only come as an escape: UTF-8 has no form for it. */
const perhapsIllFormed = /\\u[dD][89a-fA-F]/
/** A number of 16 digits or more, or with an exponent. Others are exact. In a text it may look alike: then the check finds nothing. */
const perhapsInexact = /(?:^|[:[,\s])-?(?:\d[\d.]{15}|\d[\d.]*[eE][+-]?\d)/

/**
 * Parses a text. Of a name that an object has twice, the last one counts, as everywhere in JavaScript; `__proto__` is a name like
 * others. The common text matches neither pattern and pays for no further check.
 *
 * @param deepest levels of lists and objects
 */
export function parseJson(text: string, deepest: number): Json {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { kind: 'malformed', reason: text.trim() === '' ? 'it is empty' : (error as Error).message }
  }
  // First, for the checks below go down as deep as the value.
  if (isNestedDeeper(value, deepest)) return { kind: 'refused', problem: { path: '', message: tooDeep } }
  const problem =
    (perhapsIllFormed.test(text) ? textProblem(value) : undefined) ??
    (perhapsInexact.test(text) ? numberProblem(text) : undefined)
  return problem ? { kind: 'refused', problem } : { kind: 'value', value }
}

export const illFormed =
  'is not well-formed: it has one half of a surrogate pair without the other. Send whole characters'

function textProblem(value: unknown): Problem | undefined {
  const path = illFormedPath(value)
  return path === undefined ? undefined : { path, message: illFormed }
}

type Reviver = (this: unknown, name: string, value: unknown, context: { readonly source?: string }) => unknown

/** Parses once more, now with the text of each number at hand. */
function numberProblem(text: string): Problem | undefined {
  let source = ''
  const inexact = Symbol('inexact')
  const mark: Reviver = (_, value, context) => {
    if (typeof value !== 'number' || context.source === undefined || isCarried(context.source, value)) return value
    source ||= context.source
    return inexact
  }
  const path = pathTo(JSON.parse(text, mark as Parameters<typeof JSON.parse>[1]), inexact)
  if (path === undefined) return undefined
  const shown = source.length > 40 ? `${source.slice(0, 40)}…` : source
  return { path, message: `the number ${shown} cannot be kept exactly: send it as a text, or with fewer digits` }
}

/**
 * Whether a number is still itself after JSON.parse. A whole number must be exact to the last digit. A fraction is the nearest
 * one of 64 bits, as in every JSON library, unless it became infinite or zero, lost digits before the point, or is so small
 * that it has fewer digits than others.
 */
function isCarried(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false
  const sent = decimalOf(source)
  if (Math.abs(value) < smallestNormal || sent.exponent >= 0) {
    const kept = decimalOf(String(value))
    return sent.digits === kept.digits && sent.exponent === kept.exponent
  }
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

/** Below it the 64 bits have less and less room for digits: `8e-324` would be `5e-324`. */
const smallestNormal = 2 ** -1022

/** The digits of a number without zeros at its ends, and the power of ten of the last one. */
function decimalOf(text: string): { readonly digits: string; readonly exponent: number } {
  const [, whole = '', fraction = '', power = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const all = `${whole}${fraction}`.replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  if (digits === '') return { digits: '0', exponent: 0 }
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) }
}

/** The dotted path of the first member that is the wanted value. */
function pathTo(value: unknown, wanted: unknown, path = ''): string | undefined {
  if (value === wanted) return path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const found = pathTo(inner, wanted, path === '' ? name : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
