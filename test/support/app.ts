/** A small application for tests of the core. */
import { z } from 'zod'
import { PermanentError } from '../../shared/define/errors.ts'
import { defineJob, type JobContext } from '../../shared/define/job.ts'
import { defineLane } from '../../shared/define/lane.ts'
import { defineRecord, update } from '../../shared/define/record.ts'
import { defineRegistry, type Registry } from '../../shared/define/registry.ts'
import type { Change } from '../../shared/outbox/change.ts'

/** Counts effects, and keeps their labels in order. */
export const counter = defineRecord({
  name: 'counter',
  schema: z.object({
    name: z.string(),
    count: z.int().default(0),
    labels: z.array(z.string()).default([]),
    note: z.string().nullish(),
  }),
  key: ({ name }: { name: string }) => ({ pk: `counter#${name}`, sk: 'counter' }),
})

export const payload = z.object({
  /** Tells the job in counters and logs. */
  label: z.string(),
  group: z.string().optional(),
  /** Attempts that throw, from the first. */
  throws: z.int().optional(),
  permanent: z.boolean().optional(),
})
export type Payload = z.infer<typeof payload>

const limits = { memoryMb: 128, batchSize: 10, maximumConcurrency: 10, lateAfterSeconds: 60, timeoutSeconds: 15 }
export const lanes = [
  defineLane({ ...limits, name: 'default', kind: 'standard' }),
  defineLane({ ...limits, name: 'ordered', kind: 'ordered' }),
]

/** What a job does between its start and its change; a test puts its own in. */
export type Work = (payload: Payload, context: JobContext) => Promise<void> | void

/** `work` tries again, `unrepeatable` never runs twice after a crash, `step` keeps the order of its group. */
export function appWith(work: Work = () => {}): Registry {
  const run = async (job: Payload, context: JobContext): Promise<Change> => {
    await work(job, context)
    if (job.permanent) throw new PermanentError('told to fail for good')
    if (context.attempt <= (job.throws ?? 0)) throw new Error('told to fail')
    return {
      records: [
        update(counter, { name: context.jobId }, { add: { count: 1 } }),
        update(counter, { name: job.group ?? 'all' }, { append: { labels: [job.label] } }),
      ],
    }
  }
  const policy = { schema: payload, maxAttempts: 2, backoff: { baseSeconds: 2, capSeconds: 8 }, run }
  return defineRegistry(
    [
      defineJob({ ...policy, type: 'work' }),
      defineJob({ ...policy, type: 'unrepeatable', onCrash: 'dead-letter' }),
      defineJob({ ...policy, type: 'step', lane: 'ordered', group: (job) => job.group ?? 'none' }),
    ],
    lanes,
  )
}

/** A job type of an application, by name. */
export function jobType(registry: Registry, type: string) {
  const job = registry.jobs.get(type)
  if (!job) throw new Error(`no job type ${type}`)
  return job
}
