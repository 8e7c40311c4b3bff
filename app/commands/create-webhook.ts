import { create, defineCommand } from 'outbox-relay'
import { newWebhook, type Webhook, webhook } from '../records/webhook.ts'

/**
 * Registers a webhook.
 *
 * @param sealed its secret, fresh and sealed. It is stored, not derived: a repetition of the request finds the first one
 *   in the record, and there is no master key from which all secrets would follow.
 */
export const createWebhook = (sealed: Pick<Webhook, 'secret' | 'secretAgain'>) =>
  defineCommand({
    input: newWebhook,
    creates: webhook,
    change({ url, events }, { id, now }) {
      return { records: [create(webhook, { id, url, events, ...sealed, createdAt: now.toISOString() })] }
    },
  })
