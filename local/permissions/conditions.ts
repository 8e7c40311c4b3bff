import type { Statement } from '../model.ts'
import { matchesArn, matchesGlob } from './glob.ts'

/** Condition key → values in this request; a key that the request does not carry is absent. */
export type Context = Readonly<Record<string, readonly string[] | undefined>>

type Compare = (actual: string, wanted: string) => boolean

const POSITIVE: Readonly<Record<string, Compare>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => matchesGlob(wanted, actual),
  ArnEquals: (actual, wanted) => matchesArn(wanted, actual),
  ArnLike: (actual, wanted) => matchesArn(wanted, actual),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
}

const NEGATED: Readonly<Record<string, Compare>> = {
  StringNotEquals: POSITIVE.StringEquals as Compare,
  StringNotEqualsIgnoreCase: POSITIVE.StringEqualsIgnoreCase as Compare,
  StringNotLike: POSITIVE.StringLike as Compare,
  ArnNotEquals: POSITIVE.ArnEquals as Compare,
  ArnNotLike: POSITIVE.ArnLike as Compare,
}

/** Keys with several values in one request: IAM wants a set operator for them, and leaves the rest undefined. */
const MULTIVALUED = [
  'dynamodb:LeadingKeys',
  'dynamodb:Attributes',
  'ses:Recipients',
  'kms:EncryptionContextKeys',
  'aws:TagKeys',
]

const SINGLE_VALUED = [
  ...[
    'SecureTransport',
    'PrincipalArn',
    'PrincipalAccount',
    'PrincipalType',
    'PrincipalOrgID',
    'PrincipalIsAWSService',
  ],
  ...['ResourceAccount', 'RequestedRegion', 'SourceAccount', 'SourceArn', 'SourceVpc', 'SourceVpce', 'ViaAWSService'],
]
  .map((key) => `aws:${key}`)
  .concat(['Select', 'ReturnValues', 'ReturnConsumedCapacity', 'EnclosingOperation'].map((key) => `dynamodb:${key}`))
  .concat(['FromAddress', 'FromDisplayName', 'FeedbackAddress'].map((key) => `ses:${key}`))
  .concat(['lambda:FunctionArn'])
  .concat(['CallerAccount', 'EncryptionAlgorithm', 'ViaService'].map((key) => `kms:${key}`))

/** IAM does not distinguish upper and lower case in the names of condition keys. */
const KEYS = new Map([...MULTIVALUED, ...SINGLE_VALUED].map((key) => [key.toLowerCase(), key]))

/** The condition key for one name of a KMS encryption context; the caller makes these names up. */
export function encryptionContext(name: string): string {
  return `kms:encryptioncontext:${name.toLowerCase()}`
}

/** The key as a context spells it; `undefined` if it is none that is known here. */
function known(key: string): string | undefined {
  const lower = key.toLowerCase()
  return KEYS.get(lower) ?? (lower.startsWith(encryptionContext('')) ? lower : undefined)
}

/** Whether all conditions of the statement hold: operators and keys are AND-ed, the values of one key OR-ed. */
export function conditionsHold(conditions: Statement['conditions'], context: Context): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, context[known(key) ?? key], wanted)),
  )
}

function holds(operator: string, values: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const { set, name, ifExists } = parse(operator)
  const actual = values ?? []
  if (name === 'Null') return (actual.length === 0) === wanted.some((value) => value.toLowerCase() === 'true')
  if (actual.length === 0 && ifExists) return true
  const one = (value: string) => compareAny(name, value, wanted)
  if (set === 'ForAllValues') return actual.every(one)
  if (set === 'ForAnyValue') return actual.some(one)
  // A key that the request does not carry matches no value: true for the negated operators, false for all others.
  return actual[0] === undefined ? name in NEGATED : one(actual[0])
}

function compareAny(name: string, value: string, wanted: readonly string[]): boolean {
  const negated = NEGATED[name]
  if (negated) return !wanted.some((candidate) => negated(value, candidate))
  const positive = POSITIVE[name]
  return positive !== undefined && wanted.some((candidate) => positive(value, candidate))
}

function parse(operator: string): { set: string | undefined; name: string; ifExists: boolean } {
  const [, set, name = operator, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  return { set, name, ifExists: ifExists !== undefined }
}

/** What of a statement's conditions cannot be evaluated here, in words; empty when all can. */
export function unknownConditions(conditions: Statement['conditions']): string[] {
  return Object.entries(conditions).flatMap(([operator, keys]) => {
    const { set, name } = parse(operator)
    if (name !== 'Null' && !(name in POSITIVE) && !(name in NEGATED)) return [`the operator ${operator}`]
    return Object.entries(keys).flatMap(([key, wanted]) => unknownKey(key, wanted, set, name))
  })
}

function unknownKey(key: string, wanted: readonly string[], set: string | undefined, operator: string): string[] {
  const name = known(key)
  if (!name) return [`the condition key ${key}`]
  if (wanted.some((value) => value.includes('${'))) return [`the policy variable in a value of ${key}`]
  if (MULTIVALUED.includes(name) && !set && operator !== 'Null') return [`${key} without ForAllValues: or ForAnyValue:`]
  return []
}
