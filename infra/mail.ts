import { type Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import { env } from '../shared/lib/names.ts'
import type { Grant } from './access/grants.ts'
import type { StageConfig } from './config/config.ts'

/** The sender goes to the consumers only where one is configured; without it they log mails. */
export function mailEnvironment(config: StageConfig): Record<string, string> {
  return config.mailSender ? { [env.mailSender]: config.mailSender } : {}
}

/**
 * Sending from the configured address and no other. The identities are left open because SES asks for the permission on
 * every verified identity that a mail touches: the sender's address or its domain, and in the sandbox the recipient's too.
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

/** For the person who deploys: whether mails leave, and how to make them. */
export function mailNote(config: StageConfig): string {
  return config.mailSender
    ? `sent from ${config.mailSender}, which SES must have verified`
    : 'logged only, none is sent: deploy with -c mailSender=<an address that SES has verified>'
}
