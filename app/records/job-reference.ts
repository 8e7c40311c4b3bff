import type { JobRequest } from 'outbox-relay'
import * as z from 'zod'

/** A job that a record caused, as its answer names it. */
export const jobReference = z.object({ id: z.string(), type: z.string() })

/** How a record keeps the jobs that were caused together with it. */
export function references(jobs: readonly (JobRequest & { readonly id: string })[]): z.infer<typeof jobReference>[] {
  return jobs.map(({ id, job }) => ({ id, type: job.type }))
}
