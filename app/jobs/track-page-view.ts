import { defineJob } from 'outbox-relay'
import * as z from 'zod'

/**
 * Fire and forget: tells an outside counter of a page view, at most once. One attempt, its failure swallowed: no retry,
 * no dead letter, no alarm.
 *
 * That is enough when nobody acts on a single one: no decision changes if some are lost, but a repetition would spoil
 * the count. It costs the same writes as any job; what it buys is that the request does not wait. Do not save them by
 * an un-awaited call in the request's own function: Lambda freezes the process with the answer, and the call goes out
 * minutes later, or never. If even the writes are too much, write a log line and let a metric filter count.
 * And if the count is a record of your own, return `update(…, {add: {views: 1}})`: that is exactly once, for nothing.
 */
export default defineJob({
  type: 'track-page-view',
  schema: z.object({
    path: z.string().startsWith('/').max(1_000),
    at: z.iso.datetime(),
    collector: z.url({ protocol: /^https?$/ }).max(2048),
  }),
  lane: 'bulk',
  // Attempts count when they start: not even a crash in the middle of it brings a second one.
  maxAttempts: 1,
  timeLimitSeconds: 20,
  async run({ path, at, collector }, { services, signal }) {
    const headers = { 'content-type': 'application/json' }
    try {
      await services.http.post({ url: collector, headers, body: JSON.stringify({ path, at }) }, signal)
    } catch {
      // Lost, and that is all right: see above.
    }
  },
})
