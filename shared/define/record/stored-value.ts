/** A value as DynamoDB can hold it, and how it differs from the one that was meant. */

/** Says what cannot be written, and where. */
export type Refuse = (path: readonly PropertyKey[], message: string) => never

type Path = readonly PropertyKey[]

/** Levels of lists and objects in an attribute, as DynamoDB limits them. */
export const deepestValue = 32

/** Numbers whose amount lies below cannot be stored, except 0. */
const smallest = 1e-130
const mostDigits = 38

/** Field names that the AWS SDK takes for the class of a value, which it then writes as another one or not at all. */
export const unstorableNames: ReadonlySet<string> = new Set(['constructor', '__proto__'])

/**
 * A value as it is stored: a Date as ISO text, a Set as a list, a Map as a list of pairs. `undefined` is left out of an
 * object, and is `null` in a list, so that the places of the others stay.
 */
export function storedValue(value: unknown, refuse: Refuse, path: Path = []): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
        ? value
        : refuse(path, 'has half of a surrogate pair in its text; send text that is valid Unicode')
    case 'number':
      return storedNumber(value, refuse, path)
    case 'bigint':
      return storedBigint(value, refuse, path)
    case 'boolean':
    case 'undefined':
      return value
    case 'object':
      return value === null ? null : storedObject(value, refuse, path)
    default:
      return refuse(path, `is a ${typeof value}, which cannot be stored`)
  }
}

/** A number is a number there: what fits into JavaScript's comes back as one. */
function storedBigint(value: bigint, refuse: Refuse, path: Path): number | bigint {
  if (Number.isSafeInteger(Number(value))) return Number(value)
  return String(value).replace('-', '').length <= mostDigits
    ? value
    : refuse(path, `has more than the ${mostDigits} digits that DynamoDB keeps; store it as text`)
}

function storedNumber(value: number, refuse: Refuse, path: Path): number {
  if (!Number.isFinite(value)) return refuse(path, `is ${value}, which cannot be stored; use null`)
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    return refuse(path, 'is a number beyond ±(2^53 - 1), which JavaScript cannot keep exactly; use a bigint or a text')
  }
  return value === 0 || Math.abs(value) >= smallest
    ? value
    : refuse(path, 'is closer to 0 than the 1e-130 that DynamoDB keeps; round it')
}

function storedObject(value: object, refuse: Refuse, path: Path): unknown {
  // A Buffer comes back as what it extends.
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? refuse(path, 'is an invalid Date') : value.toISOString()
  }
  // Also what contains itself ends here.
  if (path.length >= deepestValue) return refuse(path, `is nested deeper than the ${deepestValue} levels of DynamoDB`)
  const list = listOf(value)
  if (list) return list.map((part, index) => storedValue(part, refuse, [...path, index]) ?? null)
  if (!isPlain(value)) {
    const name = value.constructor?.name || 'class'
    return refuse(
      path,
      `is an instance of ${name}, which cannot be stored; store a text or a plain object, or declare a z.codec`,
    )
  }
  return storedFields(value, refuse, path)
}

function storedFields(value: object, refuse: Refuse, path: Path): unknown {
  const fields: [string, unknown][] = []
  for (const [name, part] of Object.entries(value)) {
    if (part === undefined) continue
    if (name === '') return refuse(path, 'has a field without a name')
    if (!name.isWellFormed()) return refuse(path, 'has a field with half of a surrogate pair in its name')
    if (unstorableNames.has(name))
      return refuse(path, `has a field "${name}", which cannot be stored; choose another name`)
    fields.push([name, storedValue(part, refuse, [...path, name])])
  }
  return Object.fromEntries(fields)
}

function listOf(value: object): readonly unknown[] | undefined {
  // `Array.from` gives the holes of a list as undefined; `map` would leave them out.
  if (Array.isArray(value)) return Array.from(value)
  return value instanceof Set || value instanceof Map ? [...value] : undefined
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The path to the first place where two values differ; `undefined` where they are the same. An absent field is `undefined`. */
export function difference(a: unknown, b: unknown, path: Path = []): Path | undefined {
  if (a === b) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime() ? undefined : path
  }
  const [left, right] = [partsOf(a), partsOf(b)]
  if (left.kind !== right.kind) return path
  if (left.parts.size !== right.parts.size && left.kind !== 'fields') return path
  for (const name of new Set([...left.parts.keys(), ...right.parts.keys()])) {
    const below = difference(left.parts.get(name), right.parts.get(name), [...path, name])
    if (below) return below
  }
  return undefined
}

function partsOf(value: object): { readonly kind: string; readonly parts: ReadonlyMap<PropertyKey, unknown> } {
  if (value instanceof Uint8Array) return { kind: 'bytes', parts: new Map(value.entries()) }
  if (value instanceof Set) return { kind: 'set', parts: new Map([...value].entries()) }
  if (value instanceof Map) return { kind: 'map', parts: new Map([...value].entries()) }
  if (Array.isArray(value)) return { kind: 'list', parts: new Map(value.entries()) }
  return { kind: 'fields', parts: new Map(Object.entries(value)) }
}
