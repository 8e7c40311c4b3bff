import { create, defineCommand } from 'outbox-relay'
import { newWebhook, type Webhook, webhook } from '../records/webhook.ts'

/**
 * Registers a webhook.
 *
 * @param sealed its secret, new and encrypted. It is stored, not derived: a retry of the request finds it in the record, and
 *   there is no master key from which all secrets could be computed.
 */
export const createWebhook = (sealed: Pick<Webhook, 'secret' | 'secretAgain'>) =>
  defineCommand({
    input: newWebhook,
    creates: webhook,
    change({ url, events }, { id, now }) {
      return { records: [create(webhook, { id, url, events, ...sealed, createdAt: now.toISOString() })] }
    },
  })
