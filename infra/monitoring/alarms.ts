import { Aws, RemovalPolicy } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/config.ts'

export interface AlarmProps {
  /** Name within the stage: `urgent-dead-letters`. */
  readonly name: string
  readonly metric: IMetric
  /** Rings while the metric is above this. @default 0 */
  readonly above?: number
  /**
   * Rings instead while the metric is below this. Then no data is alarming as well, if the stage is always on. A new stage
   * may ring once, until CloudWatch has its first data.
   */
  readonly below?: number
  /** For so many periods of the metric on end. @default 1 */
  readonly periods?: number
  /** What it means and what to do, in one line, for someone who was just woken. */
  readonly says: string
  /** Heading in docs/operations.md, as its anchor. */
  readonly runbook: string
  /** What happens beside the topic being told when it rings. @default - nothing */
  readonly also?: IAlarmAction
}

/** Where alarms go: one topic, whose subscribers hear when something breaks and when it is over. */
export class Alarms extends Construct {
  readonly topic: ITopic
  readonly #stage: Stage
  readonly #all: Alarm[] = []

  /** @param props `topic`: where alarms go; default: a topic of their own */
  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly topic?: ITopic }) {
    super(scope, id)
    this.#stage = props.stage
    const { alarmEmail } = props.stage.config
    this.topic = props.topic ?? this.#ownTopic(props.stage)
    if (alarmEmail) this.topic.addSubscription(new EmailSubscription(alarmEmail))
  }

  #ownTopic(stage: Stage): Topic {
    const topic = new Topic(this, 'Topic', {
      topicName: resourceName(stage, 'alarms'),
      enforceSSL: true,
      ...(stage.config.alarmTopicKey ? { masterKey: this.#key() } : {}),
    })
    // A topic policy replaces the default one, which would have let CloudWatch in.
    topic.addToResourcePolicy(fromCloudWatch(['sns:Publish'], topic.topicArn))
    return topic
  }

  get all(): readonly Alarm[] {
    return this.#all
  }

  ring(scope: Construct, id: string, props: AlarmProps): void {
    const alarm = new Alarm(scope, id, {
      alarmName: resourceName(this.#stage, props.name),
      alarmDescription: `${props.says} See docs/operations.md#${props.runbook}`,
      metric: props.metric,
      evaluationPeriods: props.periods ?? 1,
      ...this.#ringsWhen(props),
    })
    const action = new SnsAction(this.topic)
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
    if (props.also) alarm.addAlarmAction(props.also)
    this.#all.push(alarm)
  }

  #ringsWhen({ above = 0, below }: AlarmProps) {
    const { LESS_THAN_THRESHOLD, GREATER_THAN_THRESHOLD } = ComparisonOperator
    const { BREACHING, NOT_BREACHING } = TreatMissingData
    return below === undefined
      ? // No data is no traffic: an idle queue or function reports nothing.
        { comparisonOperator: GREATER_THAN_THRESHOLD, threshold: above, treatMissingData: NOT_BREACHING }
      : {
          comparisonOperator: LESS_THAN_THRESHOLD,
          threshold: below,
          treatMissingData: this.#stage.config.alwaysOn ? BREACHING : NOT_BREACHING,
        }
  }

  /** CloudWatch cannot use AWS's own key for SNS, so an encrypted topic needs one that lets it in. */
  #key(): Key {
    const key = new Key(this, 'Key', {
      description: `Encrypts the alarms of ${resourceName(this.#stage, 'alarms')}`,
      enableKeyRotation: true,
      // Alarms are not kept; nothing is lost with their key.
      removalPolicy: RemovalPolicy.DESTROY,
    })
    key.addToResourcePolicy(fromCloudWatch(['kms:Decrypt', 'kms:GenerateDataKey'], '*'))
    return key
  }
}

function fromCloudWatch(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions,
    resources: [resource],
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  })
}
