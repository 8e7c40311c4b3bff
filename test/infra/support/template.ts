import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** The template of a stage, without its code (bundling takes seconds) and without CloudFormation's schema check. */
export class StageTemplate {
  readonly stage: string
  readonly json: Props
  readonly resources: readonly Resource[]
  /** What cdk-nag said, warnings too; at an error the synthesis throws. */
  readonly findings: readonly unknown[]
  /** Whether CloudFormation refuses to delete the stack. */
  readonly isProtected: boolean

  constructor(stage: string, context: Readonly<Record<string, unknown>> = {}) {
    this.stage = stage
    const { template, findings, isProtected } = synthesized({
      stage,
      ...(stage === 'prod' ? undecided : {}),
      ...context,
    })
    this.json = template
    this.findings = findings
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
  readonly findings: readonly unknown[]
  readonly isProtected: boolean
}

function synthesized(context: Props): Synthesized {
  const key = JSON.stringify(context)
  const found = known.get(key) ?? synthesize(context)
  known.set(key, found)
  return found
}

function synthesize(context: Props): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'outbox-relay-template-'))
  try {
    const app = createApp(
      { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:validateAgainstDefaultRules': false, ...context },
      outdir,
    )
    const { template, terminationProtection } = app.synth().getStackByName(`OutboxRelay-${context.stage}`)
    return { template, findings: findingsIn(outdir), isProtected: terminationProtection ?? false }
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

/** What cdk-nag has written into a directory that was synthesized. */
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
