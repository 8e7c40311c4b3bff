import { defineJob, PermanentError } from 'outbox-relay'
import * as z from 'zod'
import { answerLine, isSuccess } from '../lib/http-answer.ts'
import { user } from '../records/user.ts'

/** Client errors that may pass when the request is sent again later. */
const passing: ReadonlySet<number> = new Set([408, 409, 425])

/**
 * Copies a user into a customer's CRM. Each customer has a CRM of their own, so its address comes with the job. The CRM must
 * ignore a second post with the same Idempotency-Key. The job retries for hours; then its dead letter sets the lane's alarm
 * to ALARM.
 */
export default defineJob({
  type: 'sync-crm',
  schema: z.object({ userId: z.string(), url: z.url({ protocol: /^https?$/ }).max(2048) }),
  lane: 'bulk',
  // 10 s, 20 s, … under full jitter: almost six hours at most.
  maxAttempts: 12,
  backoff: { baseSeconds: 10, capSeconds: 14_400 },
  timeLimitSeconds: 20,
  // A slow CRM delays only its own jobs.
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
    // The API of a CRM refuses the same request again, unlike the receiver of a webhook.
    const refused = answer.status >= 400 && answer.status < 500 && !passing.has(answer.status)
    throw refused ? new PermanentError(line) : new Error(line)
  },
})
