import { setTimeout as sleep } from 'node:timers/promises'
import { batchCounts, defineJob, PermanentError, update } from 'outbox-relay'
import * as z from 'zod'
import { probeRecord } from '../records/probe.ts'

const times = z.int().min(0).max(100).optional()

/**
 * A diagnostic job that fails as its payload says, and whose effect can be counted. Only on stages with `probes: true`.
 * Each attempt fails in one way: the first ones kill their process, the next ones hang, the next ones throw. With a `limit`,
 * 20 probes of that key start in a second. With `unique`, one probe of that key waits at a time. It reports `progress` while it
 * works, and returns its `result`.
 */
export default defineJob({
  type: 'probe',
  schema: z.object({
    key: z.string().min(1).max(200),
    label: z.string().max(200).optional(),
    workMs: z.int().min(0).max(60_000).optional(),
    failAttempts: times,
    crashAttempts: times,
    hangAttempts: times,
    permanent: z.boolean().optional(),
    limit: z.string().min(1).max(100).optional(),
    /** Percents to report, spread over the work. */
    progress: z.array(z.number()).max(100).optional(),
    result: z.unknown().optional(),
    unique: z.string().min(1).max(100).optional(),
    /** Of the callback of a batch: its effect appends them as well. */
    batch: batchCounts.optional(),
  }),
  rateLimit: { limit: 20, perSeconds: 1, key: ({ limit }) => limit },
  unique: { key: ({ unique }) => unique, until: 'started' },
  timeLimitSeconds: 5,
  async run({ key, label, workMs = 0, progress = [], result, batch, ...trouble }, { attempt, signal, ...context }) {
    if (trouble.permanent) throw new PermanentError(`probe "${key}" was told to fail for good`)
    if (attempt <= (trouble.crashAttempts ?? 0)) process.kill(process.pid, 'SIGKILL')
    // It ignores the signal on purpose: the time limit must hold without the help of the job.
    if (attempt <= (trouble.hangAttempts ?? 0)) await new Promise(() => {})
    if (attempt <= (trouble.failAttempts ?? 0)) throw new Error(`probe "${key}" was told to fail on attempt ${attempt}`)
    for (const percent of progress) {
      context.progress({ percent })
      await sleep(workMs / progress.length, undefined, { signal })
    }
    if (progress.length === 0) await sleep(workMs, undefined, { signal })
    const labels = [...(label === undefined ? [] : [label]), ...(batch ? [JSON.stringify(batch)] : [])]
    return {
      records: [update(probeRecord, { key }, { set: { key }, add: { count: 1 }, append: { labels } })],
      result,
    }
  },
})
