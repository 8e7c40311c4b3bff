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
 * Allows sending from the configured address only. The identity is `*`, because SES checks the permission on every
 * verified identity of a mail: the sender's address or domain, and in the sandbox also the recipient's.
 */
export function mailGrants(stack: Stack, config: StageConfig): Grant[] {
  if (!config.mailSender) return []
  return [
    {
      actions: ['ses:SendEmail'],
      on: [stack.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' })],
      when: { StringEquals: { 'ses:FromAddress': config.mailSender } },
    },
  ]
}

export function acknowledgeMail(scope: IConstruct, config: StageConfig): void {
  if (!config.mailSender) return
  Validations.of(scope).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]',
    reason:
      'The condition on ses:FromAddress fixes the sender; SES checks the recipients’ identities as well in its sandbox.',
  })
}

/** Text of the output that tells whether mails are sent. */
export function mailStatus(config: StageConfig): string {
  return config.mailSender
    ? `sent from ${config.mailSender}, which must be verified in SES`
    : 'logged, not sent: deploy with -c mailSender=<address that is verified in SES>'
}
