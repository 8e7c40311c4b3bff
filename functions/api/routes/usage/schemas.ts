import * as z from 'zod'

export const usageQuery = z.strictObject({ hours: z.coerce.number().int().min(1).max(720).default(24) })

export const usageItem = z.object({
  /** `DynamoDB` */
  service: z.string(),
  what: z.string(),
  quantity: z.number(),
  unit: z.string(),
  usd: z.number(),
})
export type UsageItem = z.infer<typeof usageItem>

export const usageView = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  /** Jobs that succeeded in that time. */
  jobs: z.int(),
  items: z.array(usageItem),
  usdTotal: z.number(),
  /** Absent where no job succeeded. */
  usdPerMillionJobs: z.number().optional(),
  prices: z.object({ region: z.string(), date: z.string() }),
})
export type Usage = z.infer<typeof usageView>
