import { createHash } from 'node:crypto'

/**
 * Tells two values apart, whatever the order of their keys: JSON, and what a function's own input may hold besides it
 * (Set, Map, Date, bigint, typed arrays). A property that is `undefined` counts as absent. 128 bits.
 *
 * @throws TypeError for what cannot be compared: a function, a symbol, an object that hides what it holds
 */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22)
}

function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') throw incomparable(typeof value)
  return typeof value === 'object' && value !== null ? canonicalObject(value) : String(value)
}

function canonicalObject(value: object): string {
  if (Array.isArray(value)) return `[${list(value)}]`
  if (value instanceof Set) return `Set[${list([...value], true)}]`
  if (value instanceof Map) return `Map[${list([...value], true)}]`
  if (value instanceof ArrayBuffer) return `ArrayBuffer[${new Uint8Array(value)}]`
  if (ArrayBuffer.isView(value)) return `${nameOf(value)}[${bytesOf(value)}]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return `${nameOf(value)}(${canonical(value.toJSON())})`
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value))
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  if (!isPlain && entries.length === 0) throw incomparable(nameOf(value))
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = entries.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`)
  return `${isPlain ? '' : nameOf(value)}{${fields.join(',')}}`
}

function list(values: readonly unknown[], isUnordered = false): string {
  const parts = Array.from(values, canonical)
  return (isUnordered ? parts.sort() : parts).join(',')
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function nameOf(value: object): string {
  return value.constructor?.name ?? 'Object'
}

function incomparable(what: string): TypeError {
  return new TypeError(
    `the input of a request with an idempotency key has a ${what}, and two of them cannot be compared: pass JSON, Date, Map, Set, bigint or typed arrays`,
  )
}
