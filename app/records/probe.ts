import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

/** What the diagnostic `probe` jobs of one key did: how many effects there were, and their labels in order. */
export const probeRecord = defineRecord({
  name: 'probe',
  schema: z.object({ key: z.string(), count: z.int(), labels: z.array(z.string()) }),
  key: ({ key }: { key: string }) => ({ pk: `probe#${key}`, sk: 'probe' }),
})
