import * as z from 'zod'

/** The events that a webhook can subscribe to. */
export const eventName = z.enum(['order.created'])

/** An event. */
export const event = z.object({
  event: eventName,
  /** When it happened. */
  at: z.iso.datetime(),
  data: z.unknown(),
})
