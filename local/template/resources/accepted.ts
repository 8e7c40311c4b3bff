import { z } from 'zod'
import type { Identity, Naming, Rule } from './rule.ts'

/**
 * Types that need nothing on this machine, each with its reason. They have an identity, because others refer to them;
 * their properties are not looked at.
 */
export const acceptedRules = {
  // What CDK records about itself.
  'AWS::CDK::Metadata': accepted(byLogicalId),
  // Function logs go to the terminal.
  'AWS::Logs::LogGroup': accepted(({ name, arn }) => ({
    ref: name('LogGroupName'),
    attributes: { Arn: `${arn('logs', `log-group:${name('LogGroupName')}`)}:*` },
  })),
  'AWS::Logs::QueryDefinition': accepted(byLogicalId),
  // Pictures of metrics; the console of AWS draws them.
  'AWS::CloudWatch::Dashboard': accepted(({ name }) => ({ ref: name('DashboardName'), attributes: {} })),
  // Nobody is mailed about local alarms: their state is at /_local/alarms.
  'AWS::SNS::Subscription': accepted(byLogicalId),
  'AWS::SNS::TopicPolicy': accepted(byLogicalId),
  // Written for readers outside the stack; the local endpoint has no SSM, so a function that reads it fails loudly.
  'AWS::SSM::Parameter': accepted(({ name, property }) => ({
    ref: name('Name'),
    attributes: { Type: property('Type'), Value: property('Value') },
  })),
}

function byLogicalId({ logicalId }: Naming): Identity {
  return { ref: logicalId, attributes: {} }
}

function accepted(identity: Rule['identity']): Rule {
  return { identity, properties: z.unknown() }
}
