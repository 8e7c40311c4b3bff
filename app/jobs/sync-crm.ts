import { defineJob, PermanentError } from 'outbox-relay'
import * as z from 'zod'
import { answerLine, isSuccess } from '../answer-line.ts'
import { user } from '../records/user.ts'

/** Answers that a later try may change, although they put it down to us. */
const passing: ReadonlySet<number> = new Set([408, 409, 425, 429])

/**
 * Brings a user into a customer's CRM. Each customer has his own, so its address comes with the job. The other side is
 * to ignore a second post with the same Idempotency-Key. It is patient for hours; when it gives up, the dead letter
 * sets off the lane's alarm.
 */
export default defineJob({
  type: 'sync-crm',
  schema: z.object({ userId: z.string(), url: z.url({ protocol: /^https?$/ }).max(2048) }),
  lane: 'bulk',
  // 10 s, 20 s, … under full jitter: nearly six hours at most.
  maxAttempts: 12,
  backoff: { baseSeconds: 10, capSeconds: 14_400 },
  timeLimitSeconds: 20,
  // A CRM that is slow holds up its own jobs only.
  tenant: ({ url }) => new URL(url).host.slice(0, 128),
  async run({ userId, url }, { services, effectKey, signal }) {
    const found = await services.records.get(user, { id: userId })
    if (!found) throw new PermanentError(`there is no user "${userId}"; nothing was sent to the CRM`)
    const { id, email, fullName, createdAt } = found
    const headers = { 'content-type': 'application/json', 'idempotency-key': effectKey }
    const answer = await services.http.post(
      { url, headers, body: JSON.stringify({ id, email, fullName, createdAt }) },
      signal,
    )
    if (isSuccess(answer)) return
    const line = answerLine(url, answer)
    // Unlike a webhook's receiver, a CRM has an API that we call: what it refuses, it will refuse again.
    const refused = answer.status >= 400 && answer.status < 500 && !passing.has(answer.status)
    throw refused ? new PermanentError(line) : new Error(line)
  },
})
