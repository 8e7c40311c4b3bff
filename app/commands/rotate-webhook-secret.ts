import { create, defineCommand, remove } from 'outbox-relay'
import * as z from 'zod'
import { endedSecrets, timeAfter } from '../lib/signing-secrets.ts'
import { type WebhookSecret, webhookSecretRecord } from '../records/webhook-secret.ts'

const hour = 3_600_000

/** How long the secrets before the new one sign too: 0 to 168 hours, by default 24. */
export const overlap = z.strictObject({ overlapHours: z.int().min(0).max(168).default(24) })

export interface NewSecret {
  readonly webhookId: string
  /** The new secret, encrypted. */
  readonly sealed: Pick<WebhookSecret, 'secret' | 'secretAgain'>
  /** The secrets that it got by earlier rotations. */
  readonly existing: readonly WebhookSecret[]
}

/** Gives a webhook a new secret, and removes those that sign no more. */
export const rotateWebhookSecret = ({ webhookId, sealed, existing }: NewSecret) =>
  defineCommand({
    input: overlap,
    creates: webhookSecretRecord,
    change({ overlapHours }, { id, now }) {
      const previousValidUntil = new Date(now.getTime() + overlapHours * hour).toISOString()
      const createdAt = timeAfter(existing, now).toISOString()
      return {
        records: [
          create(webhookSecretRecord, { id, webhookId, ...sealed, previousValidUntil, createdAt }),
          ...endedSecrets(existing, now).map((secret) => remove(webhookSecretRecord, { webhookId, id: secret.id })),
        ],
      }
    },
  })
