import { type Place, TemplateError } from './errors.ts'

/** What an intrinsic may ask about the rest of the template. */
export interface Lookup {
  /** A value that CloudFormation would look up in the account. */
  dynamic(value: string, from: Place): string
  ref(name: string, from: Place): unknown
  attribute(logicalId: string, name: string, from: Place): unknown
  condition(name: string, from: Place): boolean
  mapping(map: string, key: string, name: string, from: Place): unknown
}

/** `{Ref: 'AWS::NoValue'}`: the property, or the list entry, is not there. */
export const NO_VALUE = Symbol('AWS::NoValue')

type Intrinsic = (argument: unknown, lookup: Lookup, place: Place) => unknown

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, lookup, place) => lookup.ref(text(name, 'Ref', place), place),
  'Fn::GetAtt': (argument, lookup, place) => {
    const [logicalId, ...path] =
      typeof argument === 'string' ? argument.split('.') : list(argument, 'Fn::GetAtt', place)
    return lookup.attribute(text(logicalId, 'Fn::GetAtt', place), path.join('.'), place)
  },
  'Fn::Join': (argument, lookup, place) => {
    const [separator, parts] = list(argument, 'Fn::Join', place)
    return list(resolve(parts, lookup, place), 'Fn::Join', place)
      .map((part) => text(part, 'Fn::Join', place))
      .join(text(separator, 'Fn::Join', place))
  },
  'Fn::Sub': substitute,
  'Fn::Select': (argument, lookup, place) => {
    const [index, values] = list(resolve(argument, lookup, place), 'Fn::Select', place)
    const chosen = list(values, 'Fn::Select', place)[Number(index)]
    if (chosen === undefined) throw malformed('Fn::Select', `has no entry ${index}`, place)
    return chosen
  },
  'Fn::Split': (argument, lookup, place) => {
    const [separator, whole] = list(resolve(argument, lookup, place), 'Fn::Split', place)
    return text(whole, 'Fn::Split', place).split(text(separator, 'Fn::Split', place))
  },
  'Fn::If': (argument, lookup, place) => {
    const [condition, yes, no] = list(argument, 'Fn::If', place)
    return resolve(lookup.condition(text(condition, 'Fn::If', place), place) ? yes : no, lookup, place)
  },
  'Fn::FindInMap': (argument, lookup, place) => {
    const [map, key, name] = list(resolve(argument, lookup, place), 'Fn::FindInMap', place).map(String)
    return lookup.mapping(map ?? '', key ?? '', name ?? '', place)
  },
}

/** The value with every intrinsic in it replaced by what it stands for. Throws {@link TemplateError} for one unknown here. */
export function resolve(value: unknown, lookup: Lookup, place: Place): unknown {
  if (typeof value === 'string') return value.includes('{{resolve:') ? lookup.dynamic(value, place) : value
  if (Array.isArray(value)) return value.map((entry) => resolve(entry, lookup, place)).filter((v) => v !== NO_VALUE)
  if (typeof value !== 'object' || value === null) return value
  const [name, argument] = soleEntry(value)
  if (name === 'Ref' || name?.startsWith('Fn::')) return intrinsic(name)(argument, lookup, place)
  const resolved = Object.entries(value).map(([key, entry]) => [key, resolve(entry, lookup, place)] as const)
  return Object.fromEntries(resolved.filter(([, entry]) => entry !== NO_VALUE))

  function intrinsic(name: string): Intrinsic {
    const known = INTRINSICS[name]
    if (known) return known
    throw new TemplateError(place, `${name} is not known here`, `Use one of ${Object.keys(INTRINSICS).join(', ')}`)
  }
}

/** The only entry of an object, or nothing: an intrinsic stands alone in its object. */
export function soleEntry(value: object): readonly [name?: string, argument?: unknown] {
  const entries = Object.entries(value)
  return entries.length === 1 && entries[0] ? entries[0] : []
}

export function list(value: unknown, intrinsic: string, place: Place): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(intrinsic, 'does not have a list', place)
  return value
}

/** Numbers and booleans count as text, as in CloudFormation. */
export function text(value: unknown, intrinsic: string, place: Place): string {
  if (typeof value === 'object' || typeof value === 'symbol' || value === undefined) {
    throw malformed(intrinsic, 'has something other than text where text is needed', place)
  }
  return String(value)
}

function malformed(intrinsic: string, what: string, place: Place): TemplateError {
  return new TemplateError(place, `${intrinsic} ${what}`, 'Correct it; CloudFormation would refuse it too', {
    refusedByAws: true,
  })
}

/** `${Name}`, `${Logical.Attribute}`, `${!Literal}`; the second entry of a list holds further names. */
function substitute(argument: unknown, lookup: Lookup, place: Place): string {
  const [pattern, names] = Array.isArray(argument) ? argument : [argument, {}]
  const own = resolve(names ?? {}, lookup, place) as Record<string, unknown>
  return text(resolve(pattern, lookup, place), 'Fn::Sub', place).replace(/\$\{(!?)([^}]+)\}/g, (_, escaped, inner) => {
    const name = inner.trim()
    if (escaped) return `\${${name}}`
    if (Object.hasOwn(own, name)) return text(own[name], 'Fn::Sub', place)
    const [logicalId = '', ...path] = name.split('.')
    const value = path.length > 0 ? lookup.attribute(logicalId, path.join('.'), place) : lookup.ref(logicalId, place)
    return text(value, 'Fn::Sub', place)
  })
}
