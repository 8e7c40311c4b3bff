import type { Schedule } from '../shared/schedule.ts'

/** What comes by the clock: one entry each. A tick is one job, however often it is delivered. */
export const schedules: readonly Schedule[] = []
