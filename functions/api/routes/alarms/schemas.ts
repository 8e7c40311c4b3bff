import * as z from 'zod'

/** The states of an alarm, the most urgent one first. */
export const alarmState = z.enum(['ALARM', 'INSUFFICIENT_DATA', 'OK'])
export type AlarmState = z.infer<typeof alarmState>

export const alarmView = z.object({
  name: z.string(),
  state: alarmState,
  /** Which values were compared with what, in CloudWatch's words. */
  reason: z.string(),
  /** What the alarm means, in a line. */
  description: z.string(),
  since: z.iso.datetime().optional(),
  /** The section of the runbook: `docs/operations.md#dead-letters`. */
  runbook: z.string().optional(),
})
export type Alarm = z.infer<typeof alarmView>

export const alarmList = z.object({ alarms: z.array(alarmView) })
export type Alarms = z.infer<typeof alarmList>
