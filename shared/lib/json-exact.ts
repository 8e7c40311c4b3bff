/** Values that JSON carries exactly: what is written is what is read. */

/** Levels of a payload. All that read and write JSON recurse, each with a stack of its own; what one takes, another might not. */
export const deepestPayload = 100
export const tooDeep = `is nested deeper than ${deepestPayload} levels`

/** A flaw of a value: its place and its reason; `path` is `a.0.b`, empty for the value itself. */
export interface Flaw {
  readonly path: string
  readonly message: string
}

/** Whether a value has more than some levels of objects and lists. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeper(inner, levels - 1))
}

const illFormed =
  'has half of a UTF-16 surrogate pair, which no later step can encode: send well-formed text (text.toWellFormed())'

/** The reason why a text is not well-formed; `undefined` if it is. */
export function illFormedText(text: string): string | undefined {
  return text.isWellFormed() ? undefined : illFormed
}

/**
 * The first flaw of a value that is to be stored as JSON; `undefined` if it comes back as it is. A property that is
 * `undefined` is one that is not there. What has a `toJSON`, such as a Date, is judged by what that returns.
 */
export function jsonFlaw(value: unknown): Flaw | undefined {
  try {
    return flawAt(value, [], deepestPayload)
  } catch (error) {
    return { path: '', message: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Digits and escapes without which a text of JSON has neither a number that loses digits nor half of a surrogate pair. */
const mayBeInexact = /\d{16}|\d[eE]|\\[uU][dD]/

/** The first flaw of what was parsed from a text of JSON. Most texts show that they have none, and are not walked through. */
export function parsedFlaw(text: string, value: unknown): Flaw | undefined {
  const isPlain = text.isWellFormed() && !mayBeInexact.test(text) && !isNestedDeeper(value, deepestPayload)
  return isPlain ? undefined : jsonFlaw(value)
}

function flawAt(value: unknown, path: readonly (string | number)[], levels: number): Flaw | undefined {
  const message = flawOfLeaf(value)
  if (message !== undefined) return { path: readable(path), message }
  if (typeof value !== 'object' || value === null) return undefined
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return levels === 0 ? { path: readable(path), message: tooDeep } : flawAt(fromToJson(value), path, levels - 1)
  }
  if (levels === 0) return { path: '', message: `${tooDeep}, or contains itself` }
  const inner = Array.isArray(value)
    ? [...value].entries()
    : Object.entries(value).filter(([, one]) => one !== undefined)
  for (const [key, one] of inner) {
    if (typeof key === 'string' && !key.isWellFormed()) {
      return { path: readable([...path, key]), message: `the name of this field ${illFormed}` }
    }
    const flaw = flawAt(one, [...path, key], levels - 1)
    if (flaw) return flaw
  }
  return undefined
}

function fromToJson(value: object): unknown {
  if (value instanceof Date && Number.isNaN(value.getTime())) return Number.NaN
  return (value as { toJSON(key: string): unknown }).toJSON('')
}

function flawOfLeaf(value: unknown): string | undefined {
  if (value === undefined) return 'is undefined, which is not JSON: leave it out or send null'
  if (typeof value === 'string') return illFormedText(value)
  if (typeof value === 'number') return flawOfNumber(value)
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    return `is a ${typeof value}, which is not JSON`
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  return typeof value !== 'object' || value === null || 'toJSON' in value || ['Object', 'Array'].includes(kind)
    ? undefined
    : `is a ${kind}, which is not JSON: convert it to a plain object, a list or text`
}

function flawOfNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return `is ${value}, which is not JSON: send a finite number or null`
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? `is a whole number beyond ${Number.MAX_SAFE_INTEGER}, whose last digits are not exact: send it as text`
    : undefined
}

/** Paths show on one line, whatever a field is called. */
function readable(path: readonly (string | number)[]): string {
  return path.join('.').toWellFormed()
}
