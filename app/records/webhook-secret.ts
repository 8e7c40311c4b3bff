import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

const schema = z.object({
  id: z.string(),
  webhookId: z.string(),
  /** The secret, encrypted for `{webhook: webhookId}`. Its owner has the same secret. */
  secret: z.string(),
  /** The same secret, encrypted for a retry of the request. Only if the request had an Idempotency-Key. */
  secretAgain: z.string().optional(),
  /** Until when the secrets before this one sign too. */
  previousValidUntil: z.iso.datetime(),
  createdAt: z.iso.datetime(),
})

export type WebhookSecret = z.infer<typeof schema>

/** Partition of the secrets that a webhook got after its first one. */
export const webhookSecretPartition = (webhookId: string) => `webhook-secret#${webhookId}`

/**
 * A secret that a webhook got by a rotation. A rotation adds one and changes none, so of several rotations at the same time
 * none is lost: each caller's secret signs until another one has followed and its overlap is over.
 */
export const webhookSecretRecord = defineRecord({
  name: 'webhook-secret',
  schema,
  key: ({ webhookId, id }: { webhookId: string; id: string }) => ({ pk: webhookSecretPartition(webhookId), sk: id }),
})
