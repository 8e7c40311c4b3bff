import * as z from 'zod'

export const scheduleView = z.object({
  name: z.string(),
  expression: z.string(),
  timezone: z.string(),
  /** The type of the job that each run of the schedule creates. */
  type: z.string(),
  /** Absent for a rate, which AWS counts from when the schedule was made. */
  next: z.iso.datetime().optional(),
})
export type Schedule = z.infer<typeof scheduleView>

export const scheduleList = z.object({ schedules: z.array(scheduleView) })
export type Schedules = z.infer<typeof scheduleList>
