import { nextRun } from '../../../../shared/define/schedule.ts'
import { operatorRoute } from '../../route.ts'
import { scheduleList } from './schemas.ts'

export const schedules = [
  operatorRoute({
    method: 'GET',
    path: '/schedules',
    access: 'viewer',
    summary: 'List the schedules, and when they run next',
    success: { status: 200, schema: scheduleList },
    handle: ({ now }, { schedules }) => ({
      status: 200,
      body: {
        schedules: schedules.map((schedule) => ({
          name: schedule.name,
          expression: schedule.expression,
          timezone: schedule.timezone,
          type: schedule.job.type,
          next: nextRun(schedule, now)?.toISOString(),
        })),
      },
    }),
  }),
]
