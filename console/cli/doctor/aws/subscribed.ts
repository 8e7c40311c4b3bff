import { ListSubscriptionsByTopicCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Finding } from '../finding.ts'
import { ofType, type Resource } from './resources.ts'

/** Whether anybody hears the alarms: a subscription counts once it is confirmed. */
export async function subscribed(
  client: Pick<SNSClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const [TopicArn] = ofType(resources, 'AWS::SNS::Topic')
  if (!TopicArn) return { state: 'fail', found: 'the stack has no alarm topic', next: 'Deploy the stack again' }
  const { Subscriptions = [] } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  const confirmed = Subscriptions.filter(({ SubscriptionArn = '' }) => SubscriptionArn.startsWith('arn:'))
  if (confirmed.length > 0) return { state: 'ok', found: `${confirmed.length} subscribed` }
  return Subscriptions.length > 0
    ? {
        state: 'fail',
        found: 'nobody has confirmed their subscription',
        next: 'Follow the link in the mail from AWS Notifications',
      }
    : {
        state: 'fail',
        found: 'nobody is subscribed',
        next: 'Deploy with -c alarmEmail=<address>, or subscribe to the topic',
      }
}
