import { create, defineJob } from 'outbox-relay'
import * as z from 'zod'
import { daysFrom } from '../lib/days.ts'
import { totalsOf } from '../lib/order-totals.ts'
import { report } from '../records/report.ts'

const mostDays = 366

/** Adds up the orders of some days, both ends included, UTC. The result is at `GET /reports/{id}`, under the job's own id. */
export default defineJob({
  type: 'build-report',
  schema: z
    .object({ from: z.iso.date(), to: z.iso.date() })
    .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be before from' })
    .refine(({ from, to }) => Date.parse(to) - Date.parse(from) < mostDays * 86_400_000, {
      path: ['to'],
      message: `must be within ${mostDays} days from the first day`,
    }),
  lane: 'bulk',
  timeLimitSeconds: 55,
  async run({ from, to }, { services, jobId, now, signal }) {
    const totals = await totalsOf(services.records, daysFrom(from, to), signal)
    return { records: [create(report, { id: jobId, from, to, ...totals, createdAt: now.toISOString() })] }
  },
})
