/** The application of the world: jobs that write records, cause jobs, call the outside, keep an order, or must not run twice. */
import { z } from 'zod'
import { batch, batchCounts, callback } from '../../../shared/define/batch.ts'
import { NotDoneError, PermanentError } from '../../../shared/define/errors.ts'
import { defineJob, type JobContext, request } from '../../../shared/define/job.ts'
import { defineLane } from '../../../shared/define/lane.ts'
import { create, defineRecord, type RecordType, update } from '../../../shared/define/record.ts'
import { defineRegistry } from '../../../shared/define/registry.ts'
import type { Services } from '../../../shared/define/services.ts'
import type { Change } from '../../../shared/outbox/change.ts'

/** Counts the effects of a job. */
export const counter = defineRecord({
  name: 'counter',
  schema: z.object({ job: z.string(), count: z.int() }),
  key: ({ job }: { job: string }) => ({ pk: `counter#${job}`, sk: 'counter' }),
})

/** The effects of a group, in the order in which they were committed. */
export const journal = defineRecord({
  name: 'journal',
  schema: z.object({ group: z.string(), jobs: z.array(z.string()) }),
  key: ({ group }: { group: string }) => ({ pk: `journal#${group}`, sk: 'journal' }),
})

/** Some of its fields are stored as something else, and read again by the schema. */
export const order = defineRecord({
  name: 'order',
  schema: z.object({ id: z.string(), placedAt: z.date(), tags: z.set(z.string()), pk: z.bigint() }),
  key: ({ id }: { id: string }) => ({ pk: `order#${id}`, sk: 'order' }),
})

const payload = z.object({
  /** ms. */
  workMs: z.int(),
  /** Attempts that throw, from the first. */
  throws: z.int().optional(),
  permanent: z.boolean().optional(),
  /** Attempts that kill their process, from the first. */
  kills: z.int().optional(),
  /** Attempts that say that nothing has happened, from the first. */
  notDone: z.int().optional(),
  /** It returns a record that can never be written. */
  unwritable: z.boolean().optional(),
  /** Jobs that it causes. */
  causes: z.int().optional(),
  group: z.string().optional(),
  /** Its unique key. */
  key: z.string().optional(),
  /** Tells the requests of a debounced job apart. */
  label: z.int().optional(),
  /** The key of a unique job that it causes. */
  asks: z.string().optional(),
  /** Members of a batch that it creates. */
  gathers: z.int().optional(),
  /** Of a callback: the event of its batch, and the counts. */
  event: z.enum(['finished', 'succeeded']).optional(),
  batch: batchCounts.optional(),
})
export type Payload = z.infer<typeof payload>

/** What a simulated job does outside. It rides in `services`, so that the core passes it on as it does any other. */
export interface Outside {
  /** An attempt begins; what is returned says that it is over. */
  begin(context: JobContext, job: Payload): () => void
  work(ms: number): Promise<void>
  /** The attempt says that nothing has happened. */
  notDone(job: string): void
  /** Ends the process; what is returned never comes. */
  die(): Promise<never>
  mail(effectKey: string): Promise<void>
}
const outsideOf = (context: JobContext) => (context.services as Services & { readonly simulated: Outside }).simulated

async function work(job: Payload, context: JobContext): Promise<Change> {
  const outside = outsideOf(context)
  const over = outside.begin(context, job)
  context.signal.addEventListener('abort', over)
  try {
    await outside.work(job.workMs)
    if (context.attempt <= (job.kills ?? 0)) await outside.die()
    if (context.attempt <= (job.notDone ?? 0)) {
      outside.notDone(context.jobId)
      throw new NotDoneError('told not to have begun')
    }
    if (job.permanent) throw new PermanentError('told to fail for good')
    if (context.attempt <= (job.throws ?? 0)) throw new Error('told to fail')
    if (job.unwritable) return { records: [create(order, unwritable)] }
    return changeOf(job, context)
  } finally {
    over()
  }
}

const unwritable = { id: 'x', placedAt: new Date(Number.NaN), tags: new Set<string>(), pk: 1n }

function changeOf(job: Payload, { jobId, now }: JobContext): Change {
  // A time that was ahead when it was planned, and has passed while the job waited.
  const passed = new Date(now.getTime() - 600_000)
  return {
    records: [
      update(counter, { job: jobId }, { add: { count: 1 } }),
      ...(job.group === undefined ? [] : [update(journal, { group: job.group }, { append: { jobs: [jobId] } })]),
    ],
    jobs: [
      ...Array.from({ length: job.causes ?? 0 }, (_, i) =>
        request(plain, { workMs: 5 }, i % 2 === 0 ? { runAt: passed } : {}),
      ),
      ...(job.asks === undefined ? [] : [request(once, { workMs: 5, key: job.asks })]),
    ],
    batches: job.gathers === undefined ? [] : [batch({ jobs: membersOf(job.gathers), ...callbacks() })],
  }
}

const membersOf = (count: number) => Array.from({ length: count }, () => request(plain, { workMs: 5 }))

/** Callbacks of both events. */
export const callbacks = () => ({
  onFinished: callback(gathered, { workMs: 5, event: 'finished' }),
  onSucceeded: callback(gathered, { workMs: 5, event: 'succeeded' }),
})

/** Of a job in each of its lives. */
export const maxAttempts = 2
const policy = { schema: payload, maxAttempts, backoff: { baseSeconds: 2, capSeconds: 30 }, run: work }
export const plain = defineJob({ ...policy, type: 'plain' })
/** What a batch causes. */
export const gathered = defineJob({ ...policy, type: 'gathered' })
export const unrepeatable = defineJob({ ...policy, type: 'unrepeatable', onCrash: 'dead-letter' })
export const step = defineJob({ ...policy, type: 'step', lane: 'ordered', group: (job) => job.group ?? 'none' })
/** Nothing to commit but its completion. */
export const mail = defineJob({
  ...policy,
  type: 'mail',
  async run(job, context) {
    const change = await work(job, context)
    context.progress({ message: 'about to send' })
    await outsideOf(context).mail(context.effectKey)
    return job.unwritable ? change : undefined
  },
})

/** 6 a minute start: a busy hour leaves a backlog of some minutes. Few starts are too many, so a few jobs show a fault. */
export const limited = defineJob({ ...policy, type: 'limited', rateLimit: { limit: 2, perSeconds: 20, burst: 1 } })
/** A batch waits for its slots in its process. */
export const paced = defineJob({ ...policy, type: 'paced', rateLimit: { limit: 2, perSeconds: 2, burst: 1 } })

const key = (job: Payload) => job.key
export const once = defineJob({ ...policy, type: 'once', unique: { key, until: 'started' } })
/** It waits long enough for another request, and not for all. */
export const calm = defineJob({ ...policy, type: 'calm', debounce: { key, seconds: 10 } })
export const sole = defineJob({ ...policy, type: 'sole', unique: { key, until: 'finished' } })

const limits = { memoryMb: 128, batchSize: 10, maximumConcurrency: 20, lateAfterSeconds: 60, timeoutSeconds: 15 }
export const lanes = [
  defineLane({ ...limits, name: 'default', kind: 'standard' }),
  defineLane({ ...limits, name: 'ordered', kind: 'ordered' }),
]
/** The record types, by name. */
export const recordTypes = new Map([counter, journal, order].map((type) => [type.name, type as unknown as RecordType]))

export const registry = defineRegistry(
  [plain, gathered, unrepeatable, step, mail, limited, paced, once, sole, calm],
  lanes,
)
/** Code of before any of the jobs was written. */
export const oldRegistry = defineRegistry([], lanes)
/** An application from which a deploy removed lanes, as its reconciler knows it. */
export const registryOf = (left: typeof lanes) => (left.length === lanes.length ? registry : defineRegistry([], left))
