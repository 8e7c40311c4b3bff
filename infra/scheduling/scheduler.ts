import { Aws, RemovalPolicy, TimeZone } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/config.ts'
import type { OutboxFunction } from '../function.ts'
import { FailureQueue } from '../lanes/queues.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { scheduleFailuresAlarm } from '../monitoring/scheduler-alarms.ts'

/**
 * How EventBridge Scheduler hands a tick to Lambda, and for how long it tries. A function that then fails is Lambda's
 * own matter: it is tried twice more, and then the tick is where the function's `failedEvents` say.
 */
export interface Delivery {
  /** From 60 to 86,400. */
  readonly maximumEventAgeSeconds: number
  /** From 0 to 185; Scheduler spaces them out further and further. */
  readonly maximumRetries: number
  /** Whether a tick that could not be delivered is kept for a person. */
  readonly keepFailed: boolean
}

export interface Timer {
  /** Name within the stage: `daily-digest`. */
  readonly name: string
  readonly description: string
  /** `rate(…)` or `cron(…)`. */
  readonly expression: string
  /** IANA name. @default - UTC */
  readonly timezone?: string
  readonly target: OutboxFunction
  /** What the function is invoked with. @default - Scheduler's own event */
  readonly input?: Readonly<Record<string, string>>
  readonly delivery: Delivery
}

/** EventBridge Scheduler: the stage's schedules in a group of their own, and the one role that they all act under. */
export class Scheduler extends Construct {
  /** Ticks that could not be delivered, or on which their function failed to the last. */
  readonly failures: FailureQueue
  readonly #stage: Stage
  readonly #group: ScheduleGroup
  readonly #role: Role

  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly alarms: Alarms }) {
    super(scope, id)
    this.#stage = props.stage
    this.failures = new FailureQueue(this, 'Failures', { stage: props.stage, name: 'schedule-failures' })
    this.#group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: props.stage.prefix,
      // Schedules hold no data; a group that outlived its stack would stand in the way of the next.
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#role = new Role(this, 'Role', { assumedBy: onlyFrom(this.#group) })
    this.#may('sqs:SendMessage', this.failures.queueArn)
    scheduleFailuresAlarm(this, props.alarms)
  }

  /** Invokes a function by the clock, to the minute: nothing is gained here by letting AWS choose within a window. */
  call({ name, description, expression, timezone = 'Etc/UTC', target, input, delivery }: Timer): void {
    this.#may('lambda:InvokeFunction', target.lambda.functionArn)
    const schedule = new Schedule(this, `Schedule-${name}`, {
      scheduleName: resourceName(this.#stage, name),
      scheduleGroup: this.#group,
      description,
      schedule: ScheduleExpression.expression(expression, TimeZone.of(timezone)),
      timeWindow: TimeWindow.off(),
      target: { bind: () => this.#target(target, input, delivery) },
    })
    // A rate ticks as soon as it is there: its role must by then have been told what it may.
    schedule.node.addDependency(this.#role)
  }

  /** Not `LambdaInvoke`: that would let the role invoke every version and alias of the function too. */
  #target({ lambda }: OutboxFunction, input: Timer['input'], delivery: Delivery) {
    return {
      arn: lambda.functionArn,
      role: this.#role,
      retryPolicy: {
        maximumEventAgeInSeconds: delivery.maximumEventAgeSeconds,
        maximumRetryAttempts: delivery.maximumRetries,
      },
      ...(delivery.keepFailed ? { deadLetterConfig: { arn: this.failures.queueArn } } : {}),
      ...(input ? { input: ScheduleTargetInput.fromObject(input) } : {}),
    }
  }

  #may(action: string, on: string) {
    this.#role.addToPolicy(new PolicyStatement({ actions: [action], resources: [on] }))
  }
}

/** Scheduler acts for whoever names a role; only schedules of this group may name this one. */
function onlyFrom(group: ScheduleGroup): ServicePrincipal {
  return new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': group.scheduleGroupArn } },
  })
}
