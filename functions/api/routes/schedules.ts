import * as z from 'zod'
import { nextTick } from '../../../shared/define/schedule.ts'
import { route } from '../route.ts'

const view = z.object({
  name: z.string(),
  expression: z.string(),
  timezone: z.string(),
  type: z.string(),
  /** Absent for a rate, which AWS counts from when the schedule was made. */
  next: z.iso.datetime().optional(),
})

export const schedules = [
  route({
    method: 'GET',
    path: '/schedules',
    summary: 'Jobs that come by the clock, and when they come next',
    success: { status: 200, schema: z.object({ schedules: z.array(view) }) },
    answer: ({ schedules, clock }) => ({
      status: 200,
      body: {
        schedules: schedules.map((schedule) => ({
          name: schedule.name,
          expression: schedule.expression,
          timezone: schedule.timezone,
          type: schedule.job.type,
          next: nextTick(schedule, clock.now())?.toISOString(),
        })),
      },
    }),
  }),
]
