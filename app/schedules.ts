import { defineSchedule, type Schedule } from 'outbox-relay'
import dailyDigest from './jobs/daily-digest.ts'

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
]
