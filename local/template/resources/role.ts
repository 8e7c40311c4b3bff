import { z } from 'zod'
import type { Role, StackModel } from '../../model.ts'
import { readStatements, statements } from './policy-document.ts'
import { ignored } from './properties.ts'
import type { Resources, Rule } from './rule.ts'

const roleRule = {
  'AWS::IAM::Role': {
    identity: ({ name, arn }) => {
      const physical = name('RoleName')
      return { ref: physical, attributes: { Arn: arn('iam', `role/${physical}`, ''), RoleId: physical } }
    },
    properties: z.strictObject({
      RoleName: z.string().optional(),
      AssumeRolePolicyDocument: statements,
      ManagedPolicyArns: z.array(z.string()).default([]),
      Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: statements })).default([]),
      Description: ignored,
      MaxSessionDuration: ignored,
      Tags: ignored,
    }),
  } satisfies Rule,
}

const policyRule = {
  'AWS::IAM::Policy': {
    identity: ({ name }) => ({ ref: name('PolicyName'), attributes: {} }),
    properties: z.strictObject({ PolicyName: z.string(), PolicyDocument: statements, Roles: z.array(z.string()) }),
  } satisfies Rule,
}

const managedPolicyRule = {
  'AWS::IAM::ManagedPolicy': {
    identity: ({ name, arn }) => {
      const PolicyArn = arn('iam', `policy/${name('ManagedPolicyName')}`, '')
      return { ref: PolicyArn, attributes: { PolicyArn } }
    },
    properties: z.strictObject({
      ManagedPolicyName: z.string().optional(),
      PolicyDocument: statements,
      Roles: z.array(z.string()).default([]),
      Description: ignored,
      Path: ignored,
    }),
  } satisfies Rule,
}

export const roleRules = { ...roleRule, ...policyRule, ...managedPolicyRule }

export function readRoles(resources: Resources): Role[] {
  const managed = resources.of(managedPolicyRule)
  const policies = [...resources.of(policyRule), ...managed]
  return resources.of(roleRule).map((role) => {
    const { properties, logicalId, ref, attributes } = role
    const isOurs = (arn: string) => managed.some((policy) => policy.ref === arn)
    const attached = policies.filter(
      (policy) => policy.properties.Roles.includes(ref) || properties.ManagedPolicyArns.includes(policy.ref),
    )
    return {
      logicalId,
      name: ref,
      arn: attributes.Arn ?? '',
      trusts: readStatements(properties.AssumeRolePolicyDocument, role).flatMap(({ principals = [] }) => principals),
      statements: [
        ...properties.Policies.flatMap((policy) => readStatements(policy.PolicyDocument, role)),
        ...attached.flatMap((policy) => readStatements(policy.properties.PolicyDocument, policy)),
      ],
      foreignPolicies: properties.ManagedPolicyArns.filter((arn) => !isOurs(arn)),
    }
  })
}

export function readManagedPolicies(resources: Resources): NonNullable<StackModel['managedPolicies']> {
  return resources.of(managedPolicyRule).map((policy) => ({
    name: policy.ref.replace(/^.*:policy\//, ''),
    statements: readStatements(policy.properties.PolicyDocument, policy),
  }))
}
