import type { RawResource, Template } from './assembly.ts'
import { holds } from './conditions.ts'
import { type Place, TemplateError } from './errors.ts'
import { type Lookup, NO_VALUE, resolve, text } from './intrinsics.ts'
import type { Identity, Rule } from './resources/rule.ts'
import { RULES } from './rules.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'

/** Names and values of one template: what its intrinsics stand for. Identities are found when asked for, and kept. */
export function createScope(template: Template, stackName: string, awsPort: number): Lookup & Identities {
  const identities = new Map<string, Identity>()
  const pending = new Set<string>()
  const pseudo = pseudoParameters(stackName)

  const lookup: Lookup = {
    ref(name, from) {
      if (name in pseudo) return pseudo[name]
      const parameter = template.Parameters[name]
      return parameter ? parameterDefault(name, parameter) : identify(name, from).ref
    },
    attribute(logicalId, name, from) {
      const value = identify(logicalId, from).attributes[name]
      if (value !== undefined) return value
      const type = template.Resources[logicalId]?.Type
      throw new TemplateError(from, `Fn::GetAtt ${logicalId}.${name}: ${type} has no such attribute here`, TEACH)
    },
    condition(name, from) {
      if (!Object.hasOwn(template.Conditions, name)) throw missing(`the condition ${name}`, from)
      return once(`condition ${name}`, from, () => holds(template.Conditions[name], lookup, from))
    },
    mapping(map, key, name, from) {
      const value = template.Mappings[map]?.[key]?.[name]
      if (value === undefined) throw missing(`the mapping ${map}.${key}.${name}`, from)
      return value
    },
  }

  function identify(logicalId: string, from: Place): Identity {
    const known = identities.get(logicalId)
    if (known) return known
    const raw = template.Resources[logicalId]
    if (!raw) throw missing(`${logicalId}`, from)
    const identity = once(logicalId, from, () => ruleOf(logicalId, raw).identity(naming(logicalId, raw)))
    identities.set(logicalId, identity)
    return identity
  }

  /** A name that is made of itself would never come to an end. */
  function once<T>(what: string, from: Place, find: () => T): T {
    if (pending.has(what)) throw new TemplateError(from, `${what} refers to itself`, 'Break the circle')
    pending.add(what)
    try {
      return find()
    } finally {
      pending.delete(what)
    }
  }

  function naming(logicalId: string, raw: RawResource) {
    const place = { logicalId, type: raw.Type }
    const property = (name: string) => {
      const value = resolve(raw.Properties[name], lookup, place)
      return value === undefined || value === NO_VALUE ? '' : text(value, name, place)
    }
    return {
      logicalId,
      awsPort,
      property,
      name: (name: string) => property(name) || `${stackName}-${logicalId}`,
      arn: (service: string, resource: string, region: string = REGION) =>
        `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`,
    }
  }

  return { ...lookup, identify }
}

export interface Identities {
  identify(logicalId: string, from: Place): Identity
}

const TEACH = 'Do without it, or teach local/template/resources'

export function ruleOf(logicalId: string, { Type: type }: RawResource): Rule {
  const rule = Object.hasOwn(RULES, type) ? RULES[type] : undefined
  if (rule) return rule
  throw new TemplateError({ logicalId, type }, 'resources of this type are not emulated', TEACH)
}

function missing(what: string, from: Place): TemplateError {
  return new TemplateError(from, `it refers to ${what}, which is not in the template`, 'Define it, or correct the name')
}

function pseudoParameters(stackName: string): Readonly<Record<string, unknown>> {
  return {
    'AWS::AccountId': ACCOUNT,
    'AWS::Region': REGION,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': NO_VALUE,
  }
}

function parameterDefault(name: string, parameter: { Type: string; Default?: unknown }): unknown {
  if (parameter.Default !== undefined) return parameter.Default
  const place = { logicalId: name, type: `parameter ${parameter.Type}` }
  throw new TemplateError(place, 'it has no default value', 'Give it one: nobody is asked for parameters here')
}
