import { Stack, Validations } from 'aws-cdk-lib'
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { RouteAccess } from '../../functions/api/access.ts'
import { resourceName } from '../../shared/lib/names.ts'
import type { Gateway } from '../api/gateway.ts'
import { outboxRoutes } from '../api/outbox-routes.ts'
import { accountWideName } from '../config/account-wide-name.ts'
import type { Stage } from '../config/stage-config.ts'

/** Managed policies for the people who use the API. IAM checks every request, and CloudTrail records each change of a role. */
export class AccessPolicies extends Construct {
  /** Allows the routes of the outbox for viewers. Routes of the business need grants of their own. */
  readonly viewer: ManagedPolicy
  /** Allows the routes of the outbox for viewers and operators. */
  readonly operator: ManagedPolicy

  constructor(scope: Construct, id: string, stage: Stage, { callArn }: Gateway) {
    super(scope, id)
    const { stackName } = Stack.of(this)
    const look = [
      allow('Look', 'execute-api:Invoke', arnsOf(callArn, 'caller', 'viewer')),
      // The command line finds the API of a stack with it.
      allow('Find', 'cloudformation:DescribeStacks', [
        Stack.of(this).formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stackName}/*` }),
      ]),
    ]
    const act = allow('Act', 'execute-api:Invoke', arnsOf(callArn, 'operator'))
    this.viewer = this.#policy(stage, 'viewer', 'Views the jobs of an Outbox Relay', look)
    this.operator = this.#policy(stage, 'operator', 'Views and operates the jobs of an Outbox Relay', [...look, act])
  }

  #policy(stage: Stage, name: string, description: string, statements: PolicyStatement[]): ManagedPolicy {
    const managedPolicyName = accountWideName(this, resourceName(stage, name))
    const policy = new ManagedPolicy(this, name, { managedPolicyName, description, statements })
    for (const statement of statements)
      for (const resource of statement.resources) acknowledge(policy, Stack.of(this).resolve(resource))
    return policy
  }
}

/** The routes of the outbox that are open to these callers, as IAM names them. */
function arnsOf(callArn: Gateway['callArn'], ...levels: readonly RouteAccess[]): string[] {
  return outboxRoutes
    .filter(({ access }) => levels.includes(access))
    .map(({ method, path }) => callArn(method, path.replace(/:\w+/g, '*')))
}

function allow(sid: string, action: string, resources: string[]): PolicyStatement {
  return new PolicyStatement({ sid, actions: [action], resources })
}

/** cdk-nag names each finding by the resource, with its own notation of references. */
function acknowledge(policy: ManagedPolicy, resource: unknown): void {
  Validations.of(policy).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${nagName(resource)}]`,
    reason: 'The wildcard is within this API, or within the ids of this one stack: routes have ids in their paths.',
  })
}

function nagName(resource: unknown): string {
  if (typeof resource === 'string') return resource
  const { Ref, 'Fn::Join': join } = resource as { Ref?: string; 'Fn::Join'?: [string, unknown[]] }
  return Ref ? `<${Ref}>` : (join?.[1] ?? []).map(nagName).join('')
}
