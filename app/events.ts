import * as z from 'zod'

/** Everything that a webhook can ask to be told. */
export const eventName = z.enum(['order.created'])

/** Something that happened. */
export const event = z.object({
  event: eventName,
  /** When it happened. */
  at: z.iso.datetime(),
  data: z.unknown(),
})
