import { Annotations } from 'aws-cdk-lib'
import { ContextAttribute } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { isOver, type Schedule } from '../../shared/define/schedule.ts'
import { tickGrants } from '../access/grants.ts'
import type { Stage } from '../config/config.ts'
import { probesEnvironment, tablesEnvironment } from '../environment.ts'
import { OutboxFunction } from '../function.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { functionAlarms } from '../monitoring/function-alarms.ts'
import type { Tables } from '../storage/tables.ts'
import type { Delivery, Scheduler } from './scheduler.ts'

export interface SchedulesProps {
  readonly stage: Stage
  readonly schedules: readonly Schedule[]
  readonly tables: Tables
  readonly scheduler: Scheduler
  readonly alarms: Alarms
}

/** The policy on missed ticks: late ones still count, for an hour; after that a person decides. */
export const tickDelivery: Delivery = {
  /**
   * A tick knows its own time, so a late one still causes the right job, and a second one none. After an hour a schedule
   * of minutes would bring a flood with its first success; what is older waits in the queue instead, and nothing is lost.
   */
  maximumEventAgeSeconds: 3_600,
  /** AWS's largest number, because the age above is what should end the trying. */
  maximumRetries: 185,
  keepFailed: true,
}

/** The schedules of the application: one timer each, and the function that turns their ticks into jobs. */
export class Schedules extends Construct {
  readonly runner: OutboxFunction

  constructor(scope: Construct, id: string, { stage, schedules, tables, scheduler, alarms }: SchedulesProps) {
    super(scope, id)
    this.runner = new OutboxFunction(this, 'Schedule', {
      stage,
      name: 'schedule',
      entry: 'schedule',
      // One transaction, with room for its tries against conflicts and throttling.
      timeoutSeconds: 30,
      memoryMb: 256,
      environment: { ...tablesEnvironment(tables), ...probesEnvironment(stage) },
      grants: tickGrants(tables),
      // Scheduler has delivered a tick once Lambda holds it; what becomes of it then is between Lambda and the function.
      failedEvents: scheduler.failures,
    })
    functionAlarms(this.runner, alarms)
    for (const { name, expression, timezone, job } of schedules) {
      // No error: it may have been right until yesterday, and must not hold up a deploy.
      if (isOver({ expression, timezone }, new Date()))
        Annotations.of(this).addWarningV2(
          `outbox-relay:schedule-over-${name}`,
          `Schedule "${name}": ${expression} does not come any more; remove it, or give it later years.`,
        )
      scheduler.call({
        name,
        description: `Causes one ${job.type} per tick`,
        expression,
        timezone,
        target: this.runner,
        // As functions/schedule/lambda.ts reads it. The time is the scheduled one, also when the tick comes late.
        input: { schedule: name, at: ContextAttribute.scheduledTime },
        delivery: tickDelivery,
      })
    }
  }
}
