import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  type MetricOptions,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/stage-config.ts'
import { alarmTopic } from './alarm-topic.ts'
import { filled, type Values } from './alarm-values.ts'
import { type AlarmDefinition, type AlarmKey, alarms, type Placeholder } from './alarms.ts'

/** A metric of a resource, with the period and the statistic that the caller chooses. */
export type Measure = (options: MetricOptions) => IMetric

export interface AlarmProps {
  readonly metric: Measure
  /** Values of the placeholders of the alarm. @default - the alarm has none */
  readonly values?: Values
  /** Action at ALARM in addition to the notification of the topic. @default - none */
  readonly action?: IAlarmAction
}

/** The alarms of an outbox. One topic notifies its subscribers of each change to ALARM and to OK. */
export class AlarmSet extends Construct {
  readonly topic: ITopic
  readonly #stage: Stage
  readonly #all: Alarm[] = []

  /** @param props `topic`: the topic to notify; a new one if undefined */
  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly topic: ITopic | undefined }) {
    super(scope, id)
    this.#stage = props.stage
    const { alarmEmail } = props.stage.config
    this.topic = props.topic ?? alarmTopic(this, props.stage)
    if (alarmEmail) this.topic.addSubscription(new EmailSubscription(alarmEmail))
  }

  get all(): readonly Alarm[] {
    return this.#all
  }

  /** Adds an alarm of the table in `alarms.ts`. @param scope construct that the alarm watches */
  add(scope: Construct, key: AlarmKey, { metric, values = {}, action }: AlarmProps): void {
    const definition: AlarmDefinition = alarms[key]
    const fill = (text: string) => filled(text, values)
    const alarm = new Alarm(scope, fill(definition.id), {
      alarmName: resourceName(this.#stage, fill(definition.name)),
      alarmDescription: `${fill(definition.description)} See docs/operations.md#${key}`,
      metric: metric({
        period: Duration.seconds(numberOf(definition.periodSeconds, values)),
        statistic: definition.statistic,
      }),
      evaluationPeriods: definition.outOf ?? definition.periods,
      datapointsToAlarm: definition.outOf && definition.periods,
      ...this.#condition(definition, values),
    })
    const notify = new SnsAction(this.topic)
    alarm.addAlarmAction(notify)
    alarm.addOkAction(notify)
    if (action) alarm.addAlarmAction(action)
    this.#all.push(alarm)
  }

  #condition({ above = 0, below }: AlarmDefinition, values: Values) {
    const { LESS_THAN_THRESHOLD, GREATER_THAN_THRESHOLD } = ComparisonOperator
    const { BREACHING, NOT_BREACHING } = TreatMissingData
    return below === undefined
      ? {
          comparisonOperator: GREATER_THAN_THRESHOLD,
          threshold: numberOf(above, values),
          treatMissingData: NOT_BREACHING,
        }
      : {
          comparisonOperator: LESS_THAN_THRESHOLD,
          threshold: below,
          treatMissingData: this.#stage.config.alwaysOn ? BREACHING : NOT_BREACHING,
        }
  }
}

function numberOf(value: number | Placeholder, values: Values): number {
  return typeof value === 'number' ? value : Number(filled(value, values))
}
