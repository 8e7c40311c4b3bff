import type { RawResource, Template } from './assembly.ts'
import { holds } from './conditions.ts'
import { type Place, TemplateError } from './errors.ts'
import { type Lookup, NO_VALUE, resolve, text } from './intrinsics.ts'
import type { LeftOut } from './left-out.ts'
import type { Identity, Naming, Rule } from './resources/rule.ts'
import { isKnown, RULES } from './rules.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'

export interface ScopeSettings {
  readonly stackName: string
  readonly awsPort: number
  readonly leftOut: LeftOut
  /** Gets a line about each value that only an AWS account has. @default - such a value throws */
  readonly notes?: Set<string>
}

/**
 * Names and values of one template: what its intrinsics stand for. Identities are found when asked for, and kept. What is left
 * out has names, too.
 */
export function createScope(
  template: Template,
  { stackName, awsPort, leftOut, notes }: ScopeSettings,
): Lookup & Identities {
  const identities = new Map<string, Identity>()
  const pending = new Set<string>()
  const pseudo = pseudoParameters(stackName)

  const lookup: Lookup = {
    dynamic(value, from) {
      if (!notes) throw onlyInAnAccount(value, from)
      notes.add(
        `${from.logicalId} (${from.type}): ${value} is not looked up, since there is no AWS account behind this stack`,
      )
      return value
    },
    ref(name, from) {
      if (name in pseudo) return pseudo[name]
      const parameter = template.Parameters[name]
      if (parameter?.Type.startsWith('AWS::SSM::Parameter::'))
        return lookup.dynamic(String(parameter.Default ?? name), from)
      return parameter ? parameterDefault(name, parameter) : identify(name, from).ref
    },
    attribute(logicalId, name, from) {
      const value = identify(logicalId, from).attributes[name]
      if (value !== undefined) return value
      const type = template.Resources[logicalId]?.Type
      throw new TemplateError(from, `Fn::GetAtt ${logicalId}.${name}: ${type} has no such attribute here`, DO_WITHOUT)
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
    const identity = once(logicalId, from, () => {
      const names = naming(logicalId, raw)
      if (leftOut.has(logicalId) && !isKnown(raw.Type)) return foreignIdentity(names, raw.Type)
      return ruleOf(logicalId, raw).identity(names)
    })
    identities.set(logicalId, identity)
    return identity
  }

  /** A name that is made of itself would never come to an end. */
  function once<T>(what: string, from: Place, find: () => T): T {
    if (pending.has(what))
      throw new TemplateError(from, `${what} refers to itself`, 'Break the circle', { refusedByAws: true })
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

const DO_WITHOUT = 'Do without it on this stage'

export function notEmulated(place: Place): TemplateError {
  return new TemplateError(place, 'resources of this type are not emulated', DO_WITHOUT)
}

export function ruleOf(logicalId: string, { Type: type }: RawResource): Rule {
  const rule = isKnown(type) ? RULES[type] : undefined
  if (rule) return rule
  throw notEmulated({ logicalId, type })
}

/** Names of a resource that is left out: texts of the right form, for environments and policies that refer to it. */
function foreignIdentity({ logicalId, name, arn }: Naming, type: string): Identity {
  const service = (type.split('::')[1] ?? 'custom').toLowerCase()
  const ref = name('Name').toLowerCase()
  const attributes = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, attribute) => (/Arn$/.test(String(attribute)) ? arn(service, logicalId) : `${ref}.${String(attribute)}`),
    },
  )
  return { ref, attributes }
}

function onlyInAnAccount(value: string, place: Place): TemplateError {
  return new TemplateError(
    place,
    `the dynamic reference ${value} would be looked up in an AWS account`,
    'Give this stage a plain value, there is no account behind a local stack',
  )
}

function missing(what: string, from: Place): TemplateError {
  const remedy = 'Define it, or correct the name'
  return new TemplateError(from, `it refers to ${what}, which is not in the template`, remedy, { refusedByAws: true })
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
