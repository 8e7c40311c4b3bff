import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { ListSubscriptionsByTopicCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Finding } from '../finding.ts'

/** Whether anybody hears the alarms, whosever the topic is: a subscription counts once it is confirmed. */
export async function subscribed(
  cloudWatch: Pick<CloudWatchClient, 'send'>,
  sns: Pick<SNSClient, 'send'>,
  prefix: string,
): Promise<Omit<Finding, 'check'>> {
  const alarms = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: `${prefix}-`, MaxRecords: 1 }))
  const TopicArn = alarms.MetricAlarms?.[0]?.AlarmActions?.find((arn) => arn.split(':')[2] === 'sns')
  if (!TopicArn) return { state: 'fail', found: 'no alarm tells a topic', next: 'Deploy the stack again' }
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
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
        next: `Subscribe the person on call: aws sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint <address>`,
      }
}
