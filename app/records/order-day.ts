import * as z from 'zod'
import { bucketOf } from '../../shared/id.ts'
import { defineRecord } from '../../shared/record.ts'

/**
 * All orders of a day have today's date: in one partition, today would be a hot one. DynamoDB takes 1,000 write units a
 * second per partition, so 500 orders; four partitions take the 1,000 requests a second that prod admits, twice over.
 */
const buckets = 4

/** The partitions in which the orders of a day lie. @param day `2026-11-05`, UTC */
export function orderDayPartitions(day: string): string[] {
  return Array.from({ length: buckets }, (_, bucket) => partition(day, bucket))
}

const partition = (day: string, bucket: number) => `order-day#${day}#${bucket}`

/** The second place of an order, by which the orders of a day are found: written in the same change, so it is never missing. */
export const orderDay = defineRecord({
  name: 'order-day',
  schema: z.object({ day: z.iso.date(), orderId: z.string(), currency: z.string(), total: z.int() }),
  key: ({ day, orderId }: { day: string; orderId: string }) => ({
    pk: partition(day, bucketOf(orderId, buckets)),
    sk: orderId,
  }),
})
