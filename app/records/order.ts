import { bucketOf, defineRecord } from 'outbox-relay'
import * as z from 'zod'
import { dayOf } from '../lib/days.ts'
import { jobReference } from './job-reference.ts'

/** What a customer orders. Amounts are integers in the currency's minor unit (cents). */
export const newOrder = z.strictObject({
  email: z.email().max(254),
  items: z
    .array(
      z.strictObject({
        sku: z.string().trim().min(1).max(64),
        quantity: z.int().min(1).max(10_000),
        unitPrice: z.int().min(0).max(100_000_000),
      }),
    )
    .min(1)
    .max(100),
  /** ISO 4217 code. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)')
    .default('EUR'),
})

/**
 * All orders of a day have today's date: in one partition of the index, today would be a hot one. DynamoDB takes 1,000 write
 * units a second per partition; four partitions take 4,000 orders of 1 KB, four times what prod admits.
 */
const buckets = 4

/** The lists in which the orders of a day stand. @param day `2026-11-05`, UTC */
export function orderLists(day: string): string[] {
  return Array.from({ length: buckets }, (_, bucket) => listOf(day, bucket))
}

const listOf = (day: string, bucket: number) => `orders#${day}#${bucket}`

export const order = defineRecord({
  name: 'order',
  schema: z.object({
    id: z.string(),
    ...newOrder.shape,
    currency: z.string(),
    total: z.int(),
    createdAt: z.iso.datetime(),
    jobs: z.array(jobReference),
  }),
  key: ({ id }: { id: string }) => ({ pk: `order#${id}`, sk: 'order' }),
  listed: ({ id, createdAt }) => listOf(dayOf(new Date(createdAt)), bucketOf(id, buckets)),
})
