import { defineJob, PermanentError } from 'outbox-relay'
import * as z from 'zod'
import { event } from '../events.ts'
import { answerLine, isSuccess } from '../lib/http-answer.ts'
import { rotatedSecrets, signingSecrets } from '../lib/signing-secrets.ts'
import { signatureHeaders } from '../lib/webhook-signature.ts'
import { webhook } from '../records/webhook.ts'

/**
 * Posts one event to one webhook. Every answer except 2xx is a failure that is retried, also 4xx: the receiver has a fault
 * (a bad deploy, a secret half rotated), and its owner fixes it without telling the sender. Only 410 Gone is final.
 * Receivers are often slow or broken, so these jobs stay off the lane of the receipts.
 */
export default defineJob({
  type: 'deliver-webhook',
  schema: z.object({ webhookId: z.string(), ...event.shape }),
  lane: 'bulk',
  // From seconds to 11 hours, the longest wait that is allowed; in all 2.6 days at most.
  maxAttempts: 20,
  backoff: { baseSeconds: 2, capSeconds: 39_600 },
  // A little more than the post's own limit, so that the error names the slow receiver.
  timeLimitSeconds: 20,
  // A receiver that is down delays only its own deliveries.
  tenant: ({ webhookId }) => webhookId,
  async run({ webhookId, event, at, data }, { services, effectKey, now, signal }) {
    const found = await services.records.get(webhook, { id: webhookId })
    // The webhook was deleted after the event: there is nothing to deliver.
    if (!found) return
    const body = JSON.stringify({ type: event, timestamp: at, data })
    const sealed = signingSecrets(found, await rotatedSecrets(services.records, webhookId), now)
    const secrets = await Promise.all(sealed.map((one) => services.secrets.open(one, { webhook: webhookId })))
    const headers = { 'content-type': 'application/json', ...signatureHeaders(secrets, effectKey, now, body) }
    const answer = await services.http.post({ url: found.url, headers, body }, signal)
    if (isSuccess(answer)) return
    const line = answerLine(found.url, answer)
    if (answer.status === 410) {
      throw new PermanentError(`${line} (gone for good: DELETE /webhooks/${webhookId} ends its deliveries)`)
    }
    throw new Error(line)
  },
})
