import { defineJob, PermanentError } from 'outbox-relay'
import * as z from 'zod'
import { answerLine, isSuccess } from '../answer-line.ts'
import { event } from '../events.ts'
import { webhook } from '../records/webhook.ts'
import { signatureHeaders } from '../webhook-signature.ts'

/**
 * Tells one webhook of one event. Every answer but 2xx is a failure that is tried again, 4xx as well: it is the
 * receiver who is wrong then (a bad deploy, a secret half rotated), and he mends it without telling us. Only 410 Gone
 * means what it says. Slow and broken receivers are the rule here, so it keeps off the lane of the receipts.
 */
export default defineJob({
  type: 'deliver-webhook',
  schema: z.object({ webhookId: z.string(), ...event.shape }),
  lane: 'bulk',
  // From seconds to 11 hours (a message cannot be hidden for 12), in all 2.6 days at most: within the queue's retention.
  maxAttempts: 20,
  backoff: { baseSeconds: 2, capSeconds: 39_600 },
  // A little more than the post's own limit, so that the error tells who was slow.
  timeLimitSeconds: 20,
  // The backlog of a receiver that is down holds up nobody else's deliveries.
  tenant: ({ webhookId }) => webhookId,
  async run({ webhookId, event, at, data }, { services, effectKey, now, signal }) {
    const found = await services.records.get(webhook, { id: webhookId })
    // Deleted since the event: nobody wants to know any more.
    if (!found) return
    const body = JSON.stringify({ type: event, timestamp: at, data })
    const secret = await services.secrets.open(found.secret, { webhook: webhookId })
    const headers = { 'content-type': 'application/json', ...signatureHeaders(secret, effectKey, now, body) }
    const answer = await services.http.post({ url: found.url, headers, body }, signal)
    if (isSuccess(answer)) return
    const line = answerLine(found.url, answer)
    if (answer.status === 410) {
      throw new PermanentError(`${line} (gone for good: DELETE /webhooks/${webhookId} ends its deliveries)`)
    }
    throw new Error(line)
  },
})
