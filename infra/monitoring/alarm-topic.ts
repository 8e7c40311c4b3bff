import { Aws, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/stage-config.ts'

/** Topic of the alarms of a stage. Only CloudWatch of the same account publishes there. */
export function alarmTopic(scope: Construct, stage: Stage): Topic {
  const topic = new Topic(scope, 'Topic', {
    topicName: resourceName(stage, 'alarms'),
    enforceSSL: true,
    masterKey: stage.config.alarmTopicKey ? topicKey(scope, stage) : undefined,
  })
  // A topic policy replaces the default policy, which lets CloudWatch publish.
  topic.addToResourcePolicy(fromCloudWatch(['sns:Publish'], topic.topicArn))
  return topic
}

/** CloudWatch cannot use the AWS managed key of SNS. So an encrypted topic needs a key that CloudWatch may use. */
function topicKey(scope: Construct, stage: Stage): Key {
  const key = new Key(scope, 'Key', {
    description: `Encrypts the alarms of ${resourceName(stage, 'alarms')}`,
    enableKeyRotation: true,
    // SNS does not keep notifications, so nothing is lost with their key.
    removalPolicy: RemovalPolicy.DESTROY,
  })
  key.addToResourcePolicy(fromCloudWatch(['kms:Decrypt', 'kms:GenerateDataKey'], '*'))
  return key
}

function fromCloudWatch(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions,
    resources: [resource],
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  })
}
