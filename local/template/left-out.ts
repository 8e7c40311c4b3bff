import type { StackModel } from '../model.ts'
import type { RawResource } from './assembly.ts'
import { TemplateError } from './errors.ts'
import { referencesIn, usedBy } from './references.ts'
import { isKnown } from './rules.ts'

/** What of a template does not run here, by logical id: the error that said so. */
export type LeftOut = ReadonlyMap<string, TemplateError>

type Raw = Readonly<Record<string, RawResource>>

/** What a function cannot do without if its role or its environment names it: where it works, and what it may do. */
const NEEDED = [
  ...['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::KMS::Key'],
  ...['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'],
]

/** Throws where a function that runs here needs a table, a queue, a key or a policy that is left out. */
export function refuseNeeded(leftOut: LeftOut, resources: Raw, { functions }: StackModel): void {
  for (const [logicalId, { place, what, remedy }] of leftOut) {
    if (!NEEDED.includes(place.type)) continue
    const user = functions.find((fn) => usedBy(fn.logicalId, resources).has(logicalId))
    if (user) throw new TemplateError(place, `${what}, and the function ${user.name} uses it`, remedy)
  }
}

/**
 * Lines about what is left out: why, which function would use it, and what refers to it. Those of types that are not emulated,
 * which matter to nobody, share one line.
 */
export function describeLeftOut(leftOut: LeftOut, resources: Raw, { functions }: StackModel): string[] {
  const uses = functions.map(({ logicalId, name }) => ({ logicalId, name, used: usedBy(logicalId, resources) }))
  const running = Object.entries(resources).filter(([id, { Type }]) => !leftOut.has(id) && !QUIET.includes(Type))
  const consequences = (logicalId: string): string[] => {
    const users = uses.filter(({ used }) => used.has(logicalId)).map(({ name }) => name)
    const called = referencesIn(resources[logicalId]?.Properties)
    const callees = uses.filter((fn) => called.has(fn.logicalId) && !users.includes(fn.name)).map(({ name }) => name)
    const referring = running.filter(([, { Properties }]) => referencesIn(Properties).has(logicalId))
    return [
      ...(users.length > 0 ? [`What ${users.join(', ')} does with it fails here`] : []),
      ...callees.map((name) => `${name} runs without it`),
      ...referring.map(([id, { Type }]) => `${id} (${Type}) refers to it`),
    ]
  }
  const harmless: string[] = []
  const lines = [...leftOut].flatMap(([logicalId, { place, what }]) => {
    const title = `${logicalId} (${place.type})`
    const follows = consequences(logicalId)
    if (follows.length > 0 || isKnown(place.type)) return `${title} does not run here: ${[what, ...follows].join('. ')}`
    harmless.push(title)
    return []
  })
  return harmless.length === 0
    ? lines
    : [...lines, `Not emulated, and left out because nothing here needs it: ${harmless.join(', ')}`]
}

/** What refers to others without needing them: functions and their roles are looked at in another way. */
const QUIET = [
  ...['AWS::Lambda::Function', 'AWS::Lambda::Permission', 'AWS::CDK::Metadata'],
  ...['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'],
]
