/**
 * The rules for the options of every define function: one table of rules each, one way to check them. `undefined` is the
 * default; anything else that a rule does not allow, and an option that no rule names, fails the load and so the synth.
 */
import { DefinitionError } from './errors.ts'

/** The rule of one option. */
export interface Rule {
  /** What is allowed, in words that follow "must be". */
  readonly mustBe: string
  is(value: unknown): boolean
  /** The option may be left out; `fallback`, if there is one, stands in for it. */
  readonly optional?: boolean
  readonly fallback?: unknown
}

export type Rules<T> = { readonly [K in keyof Required<T>]: Rule }

/** The rule of an option that may be left out, with its default if it has one. */
export function optional(rule: Rule, fallback?: unknown): Rule {
  return { ...rule, optional: true, fallback }
}

/** Whole numbers from `low` to `high`. */
export function whole(low: number, high: number): Rule {
  const bound = high === Number.MAX_SAFE_INTEGER ? ` or more` : ` to ${high}`
  return {
    mustBe: `a whole number from ${low}${bound}`,
    is: (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high,
  }
}

/** Texts that fit a pattern, which `mustBe` puts into words. */
export function text(pattern: RegExp, mustBe: string): Rule {
  return { mustBe, is: (value) => typeof value === 'string' && value.isWellFormed() && pattern.test(value) }
}

/** Names: 1 to `longest` of a-z, 0-9 and -, the first a letter. */
export function named(longest: number): Rule {
  return text(
    new RegExp(`^[a-z][a-z0-9-]{0,${longest - 1}}$`),
    `1 to ${longest} of a-z, 0-9 and -, and start with a letter`,
  )
}

export function oneOf(...allowed: readonly string[]): Rule {
  return {
    mustBe: allowed.map((value) => `"${value}"`).join(' or '),
    is: (value) => allowed.includes(value as string),
  }
}

export const aFunction: Rule = { mustBe: 'a function', is: (value) => typeof value === 'function' }

/** Schemas of zod 4, of whichever copy of zod: so not by their class. */
export const aSchema: Rule = {
  mustBe: 'a zod schema (zod 4)',
  is: (value) => {
    const { _zod, safeParse } = Object(value) as { _zod?: { def?: { type?: unknown } }; safeParse?: unknown }
    return typeof _zod?.def?.type === 'string' && typeof safeParse === 'function'
  },
}

export const anObject: Rule = {
  mustBe: 'an object',
  is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

/** Lists, whose members are checked one by one by what takes them. */
export function aList(of: string): Rule {
  return { mustBe: `a list of ${of}`, is: Array.isArray }
}

/** Objects with some properties: what another define function returned. */
export function made(by: string, ...properties: readonly string[]): Rule {
  return {
    mustBe: `what ${by} returns`,
    is: (value) => anObject.is(value) && properties.every((property) => property in (value as object)),
  }
}

/**
 * The settings with their defaults filled in.
 *
 * @param kind what is defined: `Job type`
 * @param name the option that names it, for the message
 * @throws DefinitionError with all problems in one line
 */
export function checked<T extends object>(kind: string, settings: T, rules: Rules<T>, name?: keyof T & string): T {
  if (!anObject.is(settings)) throw new DefinitionError(`${kind}: its settings are ${shown(settings)}, not an object.`)
  const given = new Map(Object.entries(settings))
  const problems = [
    ...[...given.keys()]
      .filter((option) => !Object.hasOwn(rules, option))
      .map((option) => unknownOption(option, rules)),
    ...Object.entries<Rule>(rules).flatMap(([option, rule]) => problemOf(option, given.get(option), rule)),
  ]
  if (problems.length > 0)
    throw new DefinitionError(`${titleOf(kind, name && given.get(name))}: ${problems.join('; ')}.`)
  const defaults = Object.entries<Rule>(rules).filter(([, { fallback }]) => fallback !== undefined)
  const present = [...given].filter(([, value]) => value !== undefined)
  return {
    ...Object.fromEntries(defaults.map(([option, { fallback }]) => [option, fallback])),
    ...Object.fromEntries(present),
  } as T
}

/** Problems of an option that has options of its own. @param part the option, as the messages name it */
export function partProblems(part: string, settings: object, rules: Readonly<Record<string, Rule>>): string[] {
  const given = new Map(Object.entries(settings))
  const unknown = [...given.keys()].filter((option) => !Object.hasOwn(rules, option))
  return [
    ...unknown.map((option) => `${part} has the ${unknownOption(option, rules)}`),
    ...Object.entries(rules).flatMap(([option, rule]) => problemOf(`${part}.${option}`, given.get(option), rule)),
  ]
}

/** `Job type "send-receipt"`, or the kind alone where its name cannot be shown. */
export function titleOf(kind: string, name: unknown): string {
  return typeof name === 'string' ? `${kind} ${shown(name)}` : kind
}

function unknownOption(option: string, rules: object): string {
  return `unknown option ${shown(option)} (known: ${Object.keys(rules).join(', ')})`
}

/** The problem of one option, if it has one. */
export function problemOf(option: string, value: unknown, rule: Rule): string[] {
  if (value === undefined && rule.optional) return []
  if (value === undefined) return [`${option} is missing: it must be ${rule.mustBe}`]
  return rule.is(value) ? [] : [`${option} is ${shown(value)}; it must be ${rule.mustBe}`]
}

/** A value in an error message: short, on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value.toWellFormed().replace(/\s+/g, ' ').slice(0, 80)}"`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
