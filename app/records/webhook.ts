import { defineRecord } from 'outbox-relay'
import * as z from 'zod'
import { eventName } from '../events.ts'

export const newWebhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2048),
  events: z
    .array(eventName)
    .min(1)
    .refine((events) => new Set(events).size === events.length, 'must not name an event twice'),
})

/** All webhooks are in one partition, so that an event reads them in order. For more than some thousands, use a partition per event. */
export const webhookPartition = 'webhook'

const schema = z.object({
  id: z.string(),
  ...newWebhook.shape,
  /** The secret that signs its deliveries, encrypted for `{webhook: id}`. Its owner has the same secret. */
  secret: z.string(),
  /** The same secret, encrypted for a retry of the request. Only if the request had an Idempotency-Key. */
  secretAgain: z.string().optional(),
  createdAt: z.iso.datetime(),
})

export type Webhook = z.infer<typeof schema>

/** An address that events are posted to. */
export const webhook = defineRecord({
  name: 'webhook',
  schema,
  key: ({ id }: { id: string }) => ({ pk: webhookPartition, sk: id }),
})

/** A webhook as its owner sees it. The secret is shown once, when the webhook is registered. */
export const registeredWebhook = schema.omit({ createdAt: true, secretAgain: true })
export const webhookView = schema.omit({ secret: true, secretAgain: true })
