import type { RawResource } from './assembly.ts'

/** The logical ids, and the names of parameters, to which a part of a template refers: `Ref`, `Fn::GetAtt`, `Fn::Sub`. */
export function referencesIn(value: unknown): Set<string> {
  const found = new Set<string>()
  collect(value, found)
  return found
}

function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const entry of value) collect(entry, found)
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      for (const name of namedBy(key, inner)) found.add(name)
      collect(inner, found)
    }
}

function namedBy(key: string, argument: unknown): string[] {
  const first = String(Array.isArray(argument) ? argument[0] : argument)
  if (key === 'Ref') return [first]
  if (key === 'Fn::GetAtt') return [first.replace(/\..*$/, '')]
  // `${Bucket}`, `${Bucket.Arn}`; `${!Literal}` is none.
  if (key === 'Fn::Sub') return [...first.matchAll(/\$\{([^!}.][^}.]*)/g)].map(([, name = '']) => name.trim())
  return []
}

type Raw = Readonly<Record<string, RawResource>>

/** What a function uses: to what it refers itself, the policies of its role, and to what these refer. */
export function usedBy(functionId: string, resources: Raw): Set<string> {
  // The network is this machine.
  const own = referencesIn({ ...resources[functionId]?.Properties, VpcConfig: undefined })
  const roles = [...own].filter((id) => resources[id]?.Type === 'AWS::IAM::Role')
  const policies = Object.entries(resources).filter(
    ([, { Type, Properties }]) =>
      ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type) &&
      roles.some((role) => referencesIn(Properties.Roles).has(role)),
  )
  const granted = [...roles.map((role) => resources[role]), ...policies.map(([, policy]) => policy)]
  return new Set([
    ...own,
    ...policies.map(([logicalId]) => logicalId),
    ...referencesIn(granted.map((resource) => resource?.Properties)),
  ])
}
