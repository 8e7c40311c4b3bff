import { Annotations } from 'aws-cdk-lib'
import { ContextAttribute } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { isOver, type Schedule } from '../../shared/define/schedule.ts'
import { putOffGrant, uniqueKeyGrants } from '../access/grant.ts'
import { scheduleGrants } from '../access/grants.ts'
import { probesEnvironment, tablesEnvironment } from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import type { Delivery } from './scheduler.ts'

/** The policy for missed runs: a run that is late by up to an hour still counts. After that a person decides. */
export const scheduleDelivery: Delivery = {
  /**
   * A run carries its scheduled time, so a late run still creates the right job, and a second delivery creates none. After
   * more than an hour, the first success of a schedule of minutes would bring a flood of jobs. Older runs wait in the
   * queue of failures instead, and nothing is lost.
   */
  maximumEventAgeSeconds: 3_600,
  /** The largest number that AWS allows: the age above should end the retries. */
  maximumRetries: 185,
  keepFailed: true,
}

/** The schedules of the application, and the function that creates the jobs of their runs. */
export class Schedules extends Construct {
  readonly runner: OutboxFunction

  constructor(scope: Construct, id: string, context: OutboxContext, schedules: readonly Schedule[]) {
    super(scope, id)
    const { stage, tables, scheduler } = context
    this.runner = new OutboxFunction(this, 'Schedule', context, {
      name: 'schedule',
      entry: 'schedule',
      // One transaction, with time for its retries after conflicts and throttling.
      timeoutSeconds: 30,
      asyncInvoke: { maximumEventAgeSeconds: scheduleDelivery.maximumEventAgeSeconds, retries: 2 },
      // A run that fails at each try goes to the queue of failures, which has an alarm.
      alarmsOnErrors: false,
      memoryMb: 256,
      environment: { ...tablesEnvironment(tables), ...probesEnvironment(stage) },
      grants: [
        ...scheduleGrants(tables.arns),
        ...(schedules.some(({ job }) => job.unique ?? job.debounce) ? uniqueKeyGrants(tables.arns) : []),
        ...(schedules.some(({ job }) => job.debounce) ? [putOffGrant(tables.arns)] : []),
      ],
      // Scheduler has delivered a run when Lambda accepts it. If the function then fails, Lambda sends the event here.
      failedEvents: scheduler.failures,
    })
    for (const schedule of schedules) {
      this.#warnIfOver(schedule)
      const { name, expression, timezone, job } = schedule
      scheduler.call({
        name,
        description: `Creates one job ${job.type} per run`,
        expression,
        timezone,
        target: this.runner.lambda,
        // functions/schedule/lambda.ts reads it. The time is the scheduled time, also when the run comes late.
        input: { schedule: name, at: ContextAttribute.scheduledTime },
        delivery: scheduleDelivery,
      })
    }
  }

  /** A warning and not an error: the schedule may have been valid until yesterday, and must not stop a deploy. */
  #warnIfOver({ name, expression, timezone }: Schedule): void {
    if (!isOver({ expression, timezone }, new Date())) return
    Annotations.of(this).addWarningV2(
      `outbox-relay:schedule-over-${name}`,
      `Schedule "${name}": ${expression} has no run in the future. Remove the schedule, or give it later years.`,
    )
  }
}
