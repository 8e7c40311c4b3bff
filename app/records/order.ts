import * as z from 'zod'
import { defineRecord } from '../../shared/record.ts'
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
})
