import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from 'aws-cdk-lib'
import { createApp } from '../../../infra/create-app.ts'

export type Resource = { readonly id: string; readonly Type: string; readonly Properties: Props } & Policies
// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of unknown depth; a wrong path fails the test that takes it
type Json = any
export type Props = Readonly<Record<string, Json>>
interface Policies {
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

/** What a stage that keeps data must be told; a test that says nothing of it means none. */
export const undecided = { mailSender: 'none', alarmEmail: 'none' }

/** The template of a stage, without its code, as bundling takes seconds. It throws at an error of cdk-nag. */
export class StageTemplate {
  readonly stage: string
  readonly json: Props
  readonly resources: readonly Resource[]
  /** Whether CloudFormation refuses to delete the stack. */
  readonly isProtected: boolean

  constructor(stage: string, context: Readonly<Record<string, unknown>> = {}) {
    this.stage = stage
    const { template, isProtected } = synthesized({ stage, ...(stage === 'prod' ? undecided : {}), ...context })
    this.json = template
    this.isProtected = isProtected
    this.resources = Object.entries<Json>(this.json.Resources).map(([id, resource]) => ({ id, ...resource }))
  }

  ofType(type: string): Resource[] {
    return this.resources.filter((resource) => resource.Type === type)
  }

  /** The resource of a type that has the physical name `OutboxRelay-<stage>-<name>`. */
  named(type: string, name: string): Resource {
    const found = this.ofType(type).find(
      ({ Properties }) => this.say(Properties[nameOf[type] as string] ?? '') === `OutboxRelay-${this.stage}-${name}`,
    )
    if (!found) throw new Error(`no ${type} named ${name} in stage ${this.stage}`)
    return found
  }

  byId(id: string): Resource {
    const found = this.resources.find((resource) => resource.id === id)
    if (!found) throw new Error(`no resource ${id}`)
    return found
  }

  /** An intrinsic in words: the name of what it points to, without the stack's prefix, or `<AWS::Region>`. */
  say(value: Json): string {
    if (typeof value === 'string') return value
    if (value.Ref?.startsWith('AWS::')) return `<${value.Ref}>`
    if (value.Ref) return this.#shortName(value.Ref)
    if (value['Fn::Join']) return value['Fn::Join'][1].map((part: unknown) => this.say(part)).join('')
    const [id, attribute] = value['Fn::GetAtt']
    return this.#shortName(id) + (attribute === 'StreamArn' ? '/stream' : '')
  }

  #shortName(id: string): string {
    const { Type, Properties } = this.byId(id)
    const name = Properties[nameOf[Type] ?? ''] ?? id
    return String(name).replace(`OutboxRelay-${this.stage}-`, '')
  }
}

/** Every test of a stage reads the same template, and the workers of this project keep their modules from file to file. */
const known = new Map<string, Synthesized>()

interface Synthesized {
  readonly template: Props
  readonly isProtected: boolean
}

function synthesized(context: Props): Synthesized {
  const key = JSON.stringify(context)
  const found = known.get(key) ?? synthesize(context, (app) => stackOf(app, `OutboxRelay-${context.stage}`))
  known.set(key, found)
  return found
}

function stackOf(app: App, name: string): Synthesized {
  const { template, terminationProtection } = app.synth().getStackByName(name)
  return { template, isProtected: terminationProtection ?? false }
}

/** What cdk-nag and the check against CloudFormation's schemas say of a stage, warnings too; at an error it throws. */
export function findingsOf(stage: string, context: Props = {}, change: (app: App) => void = () => {}) {
  return synthesize({ ...undecided, stage, ...context }, (app, outdir) => {
    change(app)
    withSchemaCheck(() => app.synth())
    return findingsIn(outdir)
  })
}

function synthesize<T>(context: Props, use: (app: App, outdir: string) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'outbox-relay-template-'))
  try {
    return use(createApp({ 'aws:cdk:bundling-stacks': [], ...context }, outdir), outdir)
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

/** The schema check takes seconds to begin, so the project switches it off for tests that only read a template. */
function withSchemaCheck<T>(synth: () => T): T {
  const { CDK_VALIDATION } = process.env
  process.env.CDK_VALIDATION = 'true'
  try {
    return synth()
  } finally {
    process.env.CDK_VALIDATION = CDK_VALIDATION
  }
}

/** What the checks have written into a directory that was synthesized. */
export function findingsIn(outdir: string): readonly unknown[] {
  return JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')).pluginReports
}

const nameOf: Readonly<Record<string, string>> = {
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::KMS::Alias': 'AliasName',
}
