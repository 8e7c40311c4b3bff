import { type Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import type { Grant } from '../access/grant.ts'
import type { StageConfig } from './stage-config.ts'

/** Without a sender the consumers log mails instead of sending them. */
export function mailEnvironment(config: StageConfig): Record<string, string> {
  return config.mailSender ? { [env.mailSender]: config.mailSender } : {}
}

/**
 * Allows sending from the configured address only. Both resources are `*`: SES checks the permission on every verified
 * identity of a mail (the sender's address or domain, in the sandbox also the recipient's), and on the configuration set
 * that is the default of the identity. The console of SES creates such a set.
 */
export function mailGrants(stack: Stack, config: StageConfig): Grant[] {
  if (!config.mailSender) return []
  return [
    {
      actions: ['ses:SendEmail'],
      on: checkedResources.map((resource) => stack.formatArn({ service: 'ses', resource, resourceName: '*' })),
      when: { StringEquals: { 'ses:FromAddress': config.mailSender } },
    },
  ]
}

/** Types of the resources on which SES checks a mail. */
const checkedResources = ['identity', 'configuration-set']

export function acknowledgeMail(scope: IConstruct, config: StageConfig): void {
  if (!config.mailSender) return
  for (const resource of checkedResources)
    Validations.of(scope).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:${resource}/*]`,
      reason:
        'The condition on ses:FromAddress fixes the sender; SES also checks the recipients’ identities in its sandbox, and the default configuration set of an identity.',
    })
}

/** Text of the output that tells whether mails are sent. */
export function mailStatus(config: StageConfig): string {
  return config.mailSender
    ? `sent from ${config.mailSender}, which must be verified in SES`
    : 'logged, not sent: deploy with -c mailSender=<address that is verified in SES>'
}
