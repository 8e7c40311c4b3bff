/** Which schemas a record can have: what one accepts must come back from the table as it was written. */
import type { ZodType } from 'zod'
import { elementsOf, isRevived, type Kind, kindsOf } from './schema-kinds.ts'
import { childrenOf, isCodec, isOneWay, lazyInner, partsOf, reaches } from './schema-parts.ts'
import { unstorableNames } from './stored-value.ts'

/** Why a record cannot have this schema, with the path to the field; `undefined` if it can. */
export function recordSchemaProblem(schema: ZodType): string | undefined {
  const kinds = [...kindsOf(schema)]
  if (kinds.length !== 1 || kinds[0] !== 'map') {
    return `its schema must be of an object (z.object, z.discriminatedUnion of objects, …), not of ${named(kinds)}`
  }
  return expiryProblem(schema) ?? problemBelow(schema, '', new Set())
}

/** DynamoDB deletes by `expiresAt`, and only understands a number there. */
function expiryProblem(schema: ZodType): string | undefined {
  const field = partsOf(schema).shape?.expiresAt
  return field === undefined || kindsOf(field).has('number')
    ? undefined
    : 'expiresAt: is when DynamoDB deletes the record, so it must be a number: whole seconds since the epoch. Give another time another name'
}

function problemBelow(schema: ZodType, path: string, seen: Set<ZodType>): string | undefined {
  if (seen.has(schema)) return undefined
  seen.add(schema)
  const problem = ownProblem(schema)
  if (problem !== undefined) return path === '' ? problem : `${path}: ${problem}`
  for (const [step, child] of childrenOf(schema)) {
    const below = problemBelow(child, joined(path, step), seen)
    if (below !== undefined) return below
  }
  return undefined
}

function joined(path: string, step: string): string {
  return path === '' || step === '' || step.startsWith('[') ? path + step : `${path}.${step}`
}

const unstorable: Readonly<Record<string, string>> = {
  function: 'a function cannot be stored',
  promise: 'a promise cannot be stored; await it before the change is made',
  symbol: 'a symbol cannot be stored',
  file: 'a file cannot be stored; put it into a bucket and store its key',
  nan: 'NaN cannot be stored; use null',
  success: 'z.success() makes another value of what it has made before; use z.boolean()',
}

function ownProblem(schema: ZodType): string | undefined {
  const { type, keyType, shape = {} } = partsOf(schema)
  if (unstorable[type]) return unstorable[type]
  const name = Object.keys(shape).find((field) => unstorableNames.has(field))
  if (name !== undefined) return `a field "${name}" cannot be stored; choose another name`
  if (type === 'union') return unionProblem(schema)
  if (type === 'intersection') return intersectionProblem(schema)
  if (type === 'record' && keyType && (isCodec(keyType) || isOneWay(keyType)))
    return 'the keys of z.record() cannot be transformed; use z.map()'
  if (isCodec(schema) && reaches(schema, isOneWay))
    return 'a codec with a one-way transform in it cannot be encoded; use codecs alone'
  const both = elementsOf(schema).some((element) => kindsOf(element).has('absent') && kindsOf(element).has('null'))
  return both ? 'in a list, null and undefined are stored as the same; allow one of them' : undefined
}

function unionProblem(schema: ZodType): string | undefined {
  const { options = [], discriminator } = partsOf(schema)
  if (options.some((option) => isCatching(option)))
    return 'an option with .catch() takes every value of the union; put .catch() around the union'
  // What a transform made is read as it lies there, whatever it is.
  const needsToTell = isRevived(schema) || reaches(schema, (part) => partsOf(part).type === 'transform')
  if (!needsToTell) return undefined
  if (discriminator !== undefined) {
    const names = options.map((option) => partsOf(option).shape?.[discriminator])
    const plain = names.every((field) => field === undefined || !isRevived(field))
    return plain ? undefined : `the discriminator "${discriminator}" must be a text, a number or a boolean`
  }
  const seen = new Set<Kind>()
  for (const option of options) {
    const kinds = [...kindsOf(option)].filter((kind) => kind !== 'absent')
    const twice = kinds.filter((kind) => seen.has(kind))
    if (twice.length > 0) {
      return `two options of this union are stored as ${named(twice)}, so reading cannot tell them apart; use z.discriminatedUnion, or a field for each`
    }
    for (const kind of kinds) seen.add(kind)
  }
  return undefined
}

/** Whether a schema takes every value, also one that is meant for another option. */
function isCatching(schema: ZodType, seen: ReadonlySet<ZodType> = new Set()): boolean {
  if (seen.has(schema)) return false
  const { type, innerType } = partsOf(schema)
  const inner = type === 'lazy' ? lazyInner(schema) : innerType
  return type === 'catch' || (inner !== undefined && isCatching(inner, new Set([...seen, schema])))
}

function intersectionProblem(schema: ZodType): string | undefined {
  const { left, right } = partsOf(schema)
  if (!isRevived(schema)) return undefined
  const [a, b] = [left && partsOf(left).shape, right && partsOf(right).shape]
  return a && b && !Object.keys(a).some((name) => name in b)
    ? undefined
    : 'an intersection with dates, bigints, sets, maps or codecs must be of two z.object() without a common field; use .extend()'
}

function named(kinds: readonly Kind[]): string {
  return kinds.length === 0 ? 'nothing' : kinds.map((kind) => (kind === 'absent' ? 'undefined' : kind)).join(' or ')
}

/** Whether parsing a value of this schema a second time gives it again. */
export function isIdempotent(schema: ZodType): boolean {
  return !reaches(schema, isOneWay)
}
