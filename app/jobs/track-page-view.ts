import { defineJob } from 'outbox-relay'
import * as z from 'zod'

/**
 * Fire and forget: posts a page view to an external counter, at most once. A call that fails is not repeated: the view is
 * lost, and the job succeeds. If the process dies in the attempt, nobody knows whether the view was counted: the job is
 * dead, with an alarm, and a person who redrives it may count the view twice.
 *
 * Use this where a lost view changes no decision, but a repeated one would spoil the count. It costs the same writes as
 * any job, and the request does not wait for the counter. A call without `await` in the function of the request is no
 * replacement: Lambda freezes the process after the answer, and the call is sent minutes later, or never. If the writes
 * cost too much, write a log line and count it with a metric filter. If the count is a record of your own, return
 * `update(…, {add: {views: 1}})`: that happens exactly once at no extra cost.
 */
export default defineJob({
  type: 'track-page-view',
  schema: z.object({
    path: z.string().startsWith('/').max(1_000),
    at: z.iso.datetime(),
    collector: z.url({ protocol: /^https?$/ }).max(2048),
  }),
  lane: 'bulk',
  // `maxAttempts: 1` alone does not do this: an attempt that shared its process with others is given back after a crash.
  onCrash: 'dead-letter',
  maxAttempts: 1,
  timeLimitSeconds: 20,
  async run({ path, at, collector }, { services, signal }) {
    const headers = { 'content-type': 'application/json' }
    try {
      await services.http.post({ url: collector, headers, body: JSON.stringify({ path, at }) }, signal)
    } catch {
      // The view is lost, which is acceptable: see above.
    }
  },
})
