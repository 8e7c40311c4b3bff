import { Stack, Validations } from 'aws-cdk-lib'
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Gateway } from '../api/gateway.ts'
import type { Stage } from '../config/config.ts'

export interface PeopleProps {
  readonly stage: Stage
  readonly gateway: Gateway
}

/** What an operator does beyond looking; whoever writes to the business has grants of their own. */
const acts = [
  '/jobs/*/cancel',
  '/jobs/*/replay',
  '/dead-letters/redrive',
  '/lanes/*/pause',
  '/lanes/*/resume',
  '/reconcile',
] as const

/** What to attach to people: who may look, and who may act. IAM decides on every request, CloudTrail has who was given what. */
export class People extends Construct {
  /** Looks at everything, changes nothing. */
  readonly viewer: ManagedPolicy
  /** The same, and redrives, replays, cancels, pauses, resumes, reconciles and posts jobs. */
  readonly operator: ManagedPolicy

  constructor(scope: Construct, id: string, { stage, gateway }: PeopleProps) {
    super(scope, id)
    const look = [
      may('Look', 'execute-api:Invoke', [gateway.callArn('GET', '/*')]),
      // By this the command line finds the API of a stack.
      may('Find', 'cloudformation:DescribeStacks', [
        Stack.of(this).formatArn({
          service: 'cloudformation',
          resource: 'stack',
          resourceName: `${Stack.of(this).stackName}/*`,
        }),
      ]),
    ]
    const act = may('Act', 'execute-api:Invoke', [
      ...acts.map((path) => gateway.callArn('POST', path)),
      gateway.callArn('POST', '/jobs'),
      gateway.callArn('POST', '/job-batches'),
    ])
    this.viewer = this.#policy(stage, 'viewer', 'Looks at an Outbox Relay', look)
    this.operator = this.#policy(stage, 'operator', 'Looks at an Outbox Relay, and acts on it', [...look, act])
  }

  #policy(stage: Stage, name: string, description: string, statements: PolicyStatement[]): ManagedPolicy {
    const managedPolicyName = resourceName(stage, name)
    const policy = new ManagedPolicy(this, name, { managedPolicyName, description, statements })
    for (const statement of statements)
      for (const resource of statement.resources) acknowledge(policy, Stack.of(this).resolve(resource))
    return policy
  }
}

function may(sid: string, action: string, resources: string[]): PolicyStatement {
  return new PolicyStatement({ sid, actions: [action], resources })
}

/** cdk-nag names each finding by the resource, with references written in its own way. */
function acknowledge(policy: ManagedPolicy, resource: unknown): void {
  Validations.of(policy).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${spelt(resource)}]`,
    reason: 'The wildcard is within this API, or within the ids of this one stack: routes have ids in their paths.',
  })
}

function spelt(resource: unknown): string {
  if (typeof resource === 'string') return resource
  const { Ref, 'Fn::Join': join } = resource as { Ref?: string; 'Fn::Join'?: [string, unknown[]] }
  return Ref ? `<${Ref}>` : (join?.[1] ?? []).map(spelt).join('')
}
