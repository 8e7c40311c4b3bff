import { Aws, RemovalPolicy, TimeZone } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/stage-config.ts'
import { FailureQueue } from '../lanes/queues.ts'
import type { AlarmSet } from '../monitoring/alarm-set.ts'

/**
 * How long EventBridge Scheduler tries to deliver a scheduled run to Lambda. If the function then fails, Lambda tries twice
 * more and sends the event to the `failedEvents` of the function.
 */
export interface Delivery {
  /** Age in seconds after which Scheduler gives up, 60 to 86,400. */
  readonly maximumEventAgeSeconds: number
  /** Number of retries, 0 to 185. The time between two retries grows. */
  readonly maximumRetries: number
  /** Keeps a run that could not be delivered in the queue `schedule-failures`. */
  readonly keepFailed: boolean
}

export interface ScheduleProps {
  /** Name within the stage, for example `daily-digest`. */
  readonly name: string
  readonly description: string
  /** `rate(…)` or `cron(…)`. */
  readonly expression: string
  /** IANA name of the time zone. @default 'Etc/UTC' */
  readonly timezone?: string
  readonly target: { readonly functionArn: string }
  /** Event of the invocation. @default - the event of Scheduler */
  readonly input?: Readonly<Record<string, string>>
  readonly delivery: Delivery
}

/** EventBridge Scheduler: the schedules of the stage in a group of their own, and one role for all of them. */
export class Scheduler extends Construct {
  /** Runs that could not be delivered, or whose function failed at each try. */
  readonly failures: FailureQueue
  readonly #stage: Stage
  readonly #group: ScheduleGroup
  readonly #role: Role

  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly alarms: AlarmSet }) {
    super(scope, id)
    this.#stage = props.stage
    this.failures = new FailureQueue(this, 'Failures', props, 'schedule-failures')
    this.#group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: props.stage.prefix,
      // Schedules hold no data, and a group that is retained would make the next deploy fail.
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#role = new Role(this, 'Role', { assumedBy: onlyFrom(this.#group) })
    this.#allow('sqs:SendMessage', this.failures.queueArn)
    props.alarms.add(this, 'schedule-failures', {
      metric: (options) => this.failures.metricApproximateNumberOfMessagesVisible(options),
    })
  }

  /** Adds a schedule that invokes a function at its exact minute, without a flexible time window. */
  call({ name, description, expression, timezone = 'Etc/UTC', target, input, delivery }: ScheduleProps): void {
    this.#allow('lambda:InvokeFunction', target.functionArn)
    const schedule = new Schedule(this, `Schedule-${name}`, {
      scheduleName: resourceName(this.#stage, name),
      scheduleGroup: this.#group,
      description,
      schedule: ScheduleExpression.expression(expression, TimeZone.of(timezone)),
      timeWindow: TimeWindow.off(),
      target: { bind: () => this.#target(target, input, delivery) },
    })
    // A rate runs as soon as it exists. By then its role must have its policy.
    schedule.node.addDependency(this.#role)
  }

  /** Not `LambdaInvoke`, which would let the role invoke every version and alias of the function too. */
  #target({ functionArn }: ScheduleProps['target'], input: ScheduleProps['input'], delivery: Delivery) {
    return {
      arn: functionArn,
      role: this.#role,
      retryPolicy: {
        maximumEventAgeInSeconds: delivery.maximumEventAgeSeconds,
        maximumRetryAttempts: delivery.maximumRetries,
      },
      deadLetterConfig: delivery.keepFailed ? { arn: this.failures.queueArn } : undefined,
      input: input && ScheduleTargetInput.fromObject(input),
    }
  }

  #allow(action: string, on: string): void {
    this.#role.addToPolicy(new PolicyStatement({ actions: [action], resources: [on] }))
  }
}

/** Scheduler assumes any role that a schedule names. Only schedules of this group may name this role. */
function onlyFrom(group: ScheduleGroup): ServicePrincipal {
  return new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': group.scheduleGroupArn } },
  })
}
