/** An emulator of AWS by others that runs the stage `localstack`: where it answers, and what its CloudFormation lacks. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Resource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
}

export type Emulator = 'LocalStack' | 'MiniStack'

const isQuery = ({ Type }: Resource) => Type === 'AWS::Logs::QueryDefinition'
const isDashboard = ({ Type }: Resource) => Type === 'AWS::CloudWatch::Dashboard'
const isMathAlarm = ({ Type, Properties }: Resource) =>
  Type === 'AWS::CloudWatch::Alarm' && Properties?.Metrics !== undefined

/** Resources that fail a deploy there. None of them is needed to run a job. */
const lacking: Readonly<Record<Emulator, (resource: Resource) => boolean>> = {
  LocalStack: (resource) => isQuery(resource) || isDashboard(resource),
  MiniStack: (resource) => isQuery(resource) || isMathAlarm(resource),
}

/** What answers at an endpoint: an emulator, something else (`npm start` takes the same port), or nothing. */
export async function whatRuns(endpoint: string): Promise<Emulator | 'other' | 'nothing'> {
  const ask = async (path: string) => {
    const response = await fetch(`${endpoint}${path}`, { signal: AbortSignal.timeout(3_000) })
    return response.ok ? ((await response.json()) as object) : {}
  }
  try {
    if ('services' in (await ask('/_ministack/health'))) return 'MiniStack'
    return 'services' in (await ask('/_localstack/health')) ? 'LocalStack' : 'other'
  } catch (error) {
    return error instanceof SyntaxError ? 'other' : 'nothing'
  }
}

/**
 * Takes what an emulator lacks out of a synthesized template, and what refers to it.
 *
 * @returns `<logical id> (<type>)` of each resource that is gone
 */
export function leaveOut(assembly: string, stack: string, emulator: Emulator): string[] {
  const file = templateFile(assembly, stack)
  const template = JSON.parse(readFileSync(file, 'utf8'))
  const kept = without<Resource>(template.Resources, lacking[emulator])
  const gone = Object.entries<Resource>(template.Resources).filter(([id]) => !(id in kept))
  writeFileSync(file, JSON.stringify({ ...template, Resources: kept }))
  return gone.map(([id, { Type }]) => `${id} (${Type})`)
}

/** Resources of a template without some of them, and without what refers to those. */
export function without<R extends Resource>(
  resources: Readonly<Record<string, R>>,
  isGone: (resource: R) => boolean,
): Record<string, R> {
  let kept = Object.entries(resources)
  let dropped = kept.filter(([, resource]) => isGone(resource))
  while (dropped.length > 0) {
    const ids = dropped.map(([id]) => `"${id}"`)
    const rest = kept.filter((entry) => !dropped.includes(entry))
    dropped = rest.filter(([, resource]) => {
      const text = JSON.stringify({ ...resource, DependsOn: [], Metadata: {} })
      return ids.some((id) => text.includes(id))
    })
    kept = rest
  }
  const names = new Set(kept.map(([id]) => id))
  return Object.fromEntries(kept.map(([id, resource]) => [id, withoutDependencies(resource, names)]))
}

function withoutDependencies<R extends Resource>(resource: R, names: ReadonlySet<string>): R {
  const { DependsOn } = resource as { DependsOn?: string | readonly string[] }
  if (DependsOn === undefined) return resource
  return { ...resource, DependsOn: [DependsOn].flat().filter((id) => names.has(id)) }
}

/** The address that the stage's functions send mails from. SES sends only for addresses that it has verified. */
export function senderOf(assembly: string, stack: string): string | undefined {
  const { Resources } = JSON.parse(readFileSync(templateFile(assembly, stack), 'utf8'))
  return Object.values<Resource>(Resources)
    .map(({ Properties }) => (Properties as FunctionProperties | undefined)?.Environment?.Variables?.MAIL_SENDER)
    .find((sender) => sender !== undefined)
}

interface FunctionProperties {
  readonly Environment?: { readonly Variables?: { readonly MAIL_SENDER?: string } }
}

const templateFile = (assembly: string, stack: string) => join(assembly, `${stack}.template.json`)
