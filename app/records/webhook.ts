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

/** All webhooks lie in one partition: an event reads them in order. Some thousands are fine; for more, one partition per event. */
export const webhookPartition = 'webhook'

const schema = z.object({
  id: z.string(),
  ...newWebhook.shape,
  /** What its deliveries are signed with, sealed for `{webhook: id}`. Its owner has the same. */
  secret: z.string(),
  /** The same, sealed for a repetition of the request too; only where it came with an Idempotency-Key. */
  secretAgain: z.string().optional(),
  createdAt: z.iso.datetime(),
})

export type Webhook = z.infer<typeof schema>

/** Somebody's address that wants to be told of events. */
export const webhook = defineRecord({
  name: 'webhook',
  schema,
  key: ({ id }: { id: string }) => ({ pk: webhookPartition, sk: id }),
})

/** A webhook as its owner gets to see it: with the secret once, when it is registered. */
export const registeredWebhook = schema.omit({ createdAt: true, secretAgain: true })
export const webhookView = schema.omit({ secret: true, secretAgain: true })
