import { defineSchedule, type Schedule } from 'outbox-relay'
import dailyDigest from './jobs/daily-digest.ts'

/**
 * What comes by the clock: one entry each. A tick is one job, however often it is delivered. A tick that could not be
 * delivered for as long as infra/scheduling/schedules.ts says, or not be written, lies in the queue for failed ticks, with an alarm.
 */
export const schedules: readonly Schedule[] = [
  defineSchedule({
    name: 'daily-digest',
    // After midnight UTC, when the day that it counts is over.
    expression: 'cron(0 6 * * ? *)',
    timezone: 'UTC',
    job: dailyDigest,
    payload: (at) => ({ to: 'shop@example.com', at }),
  }),
]
