import type { z } from 'zod'
import { defineCommand } from '../../shared/define/command.ts'
import { create } from '../../shared/define/record.ts'
import { newWebhook, webhook } from '../records/webhook.ts'

/**
 * Registers a webhook.
 *
 * @param sealed its secret, fresh and sealed. It is stored, not derived: a repetition of the request finds the first one
 *   in the record, and there is no master key from which all secrets would follow.
 */
export const createWebhook = (sealed: Pick<z.infer<typeof webhook.schema>, 'secret' | 'secretAgain'>) =>
  defineCommand({
    input: newWebhook,
    anchor: webhook,
    change({ url, events }, { id, now }) {
      return { records: [create(webhook, { id, url, events, ...sealed, createdAt: now.toISOString() })] }
    },
  })
