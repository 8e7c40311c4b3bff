import * as z from 'zod'
import { failingFilter, failingPageQuery } from '../../page-schemas.ts'

/**
 * The filters of dead jobs. `error` is that of a group: with `<id>`, `<address>` or `<number>` for what differs from job to
 * job. An empty `error` is the group of jobs that left no error, not the lack of a filter.
 */
const deadFilter = { ...failingFilter, error: z.string().max(4_000).optional() }

/** What a caller may filter dead letters by. */
export type DeadLetterFilter = z.input<z.ZodObject<typeof deadFilter>>

export const deadLettersQuery = z.strictObject({ ...deadFilter, ...failingPageQuery })
export type DeadLettersQuery = z.input<typeof deadLettersQuery>

export const redriveBody = z.strictObject({
  ids: z.array(z.string().min(1).max(200)).min(1).max(1_000).optional(),
  ...deadFilter,
  all: z.literal(true).optional(),
  dryRun: z.boolean().default(false),
})
/** What a caller sends to redrive dead jobs. */
export type RedriveInput = z.input<typeof redriveBody>

export const deadLetterView = z.object({
  id: z.string(),
  type: z.string(),
  lane: z.string(),
  error: z.string(),
  attempts: z.int(),
  diedAt: z.iso.datetime(),
})
export type DeadLetter = z.infer<typeof deadLetterView>

/** Dead jobs of one type and error. `error` leaves out what differs from one job to the next. */
export const errorGroup = z.object({ type: z.string(), error: z.string(), count: z.int() })
export type ErrorGroup = z.infer<typeof errorGroup>

export const deadLetterList = z.object({
  deadLetters: z.array(deadLetterView),
  groups: z.array(errorGroup),
  /** False when there are so many that not all were read for the groups: their counts are too low then. */
  groupsComplete: z.literal(false).optional(),
  next: z.string().optional(),
})
export type DeadLetters = z.infer<typeof deadLetterList>

export const redriveResult = z.object({
  matched: z.int(),
  /** What this call sent; another operator may have sent the rest at the same time. */
  moved: z.int(),
  /** Taken, but SQS did not accept the messages: the reconciler sends them within two hours. */
  unsent: z.int().optional(),
  /** They stay dead, because another job of their unique key has not finished. */
  held: z.int().optional(),
  complete: z.boolean(),
})
export type RedriveResult = z.infer<typeof redriveResult>
