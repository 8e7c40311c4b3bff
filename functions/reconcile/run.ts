import * as z from 'zod'
import { fullRun, hourlyRun, type Run } from '../../shared/recovery/reconcile.ts'

/** What infra/scheduling/reconciler.ts gives the schedule as its input. */
const scheduledRun = z.object({ at: z.iso.datetime({ offset: true }) })

/** What a run left for the next, see `Run`. */
const handedOn = z.object({
  run: z.object({
    parts: z.array(z.int().min(0)).min(1),
    everything: z.boolean(),
    isHourly: z.boolean(),
    hop: z.int().min(1),
    unsentBefore: z.int().min(0),
    rest: z
      .object({
        at: z.number(),
        marks: z.record(z.string(), z.number()),
        segments: z.array(z.object({ isDone: z.boolean(), from: z.record(z.string(), z.unknown()).optional() })),
        isVoid: z.boolean(),
      })
      .optional(),
  }),
})

/** The run that an event asks for: the hour of the schedule, the rest of an earlier run, or all that an operator wants. */
export function runOf(event: unknown): Run {
  const rest = handedOn.safeParse(event)
  if (rest.success) return rest.data.run
  const hour = scheduledRun.safeParse(event)
  return hour.success ? hourlyRun(new Date(hour.data.at)) : fullRun
}
