import { defineSchedule, type Schedule } from 'outbox-relay'
import dailyDigest from './jobs/daily-digest.ts'
import monthlyStatements from './jobs/monthly-statements.ts'
import { monthBefore } from './lib/days.ts'

/**
 * The schedules: one entry each. A scheduled run creates one job, however often EventBridge Scheduler delivers it. A run that
 * fails goes to the queue `schedule-failures`, which has an alarm.
 */
export const schedules: readonly Schedule[] = [
  defineSchedule({
    name: 'daily-digest',
    // After midnight UTC: the day that it counts is over then.
    expression: 'cron(0 6 * * ? *)',
    timezone: 'UTC',
    job: dailyDigest,
    payload: (at) => ({ to: 'shop@example.com', at }),
  }),
  defineSchedule({
    name: 'monthly-statements',
    expression: 'cron(0 5 1 * ? *)',
    timezone: 'UTC',
    job: monthlyStatements,
    payload: (at) => ({ to: 'shop@example.com', month: monthBefore(new Date(at)) }),
  }),
]
