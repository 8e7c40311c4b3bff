import { defineJob, update } from 'outbox-relay'
import * as z from 'zod'
import { probeRecord } from '../records/probe.ts'

/** A diagnostic job that is debounced: of the requests of a key, the last one counts, 3 seconds later. */
export default defineJob({
  type: 'probe-last',
  schema: z.object({ key: z.string().min(1).max(100), label: z.string().max(200).optional() }),
  debounce: { key: ({ key }) => key, seconds: 3 },
  run: ({ key, label }) => ({
    records: [
      update(
        probeRecord,
        { key },
        { set: { key }, add: { count: 1 }, append: { labels: label === undefined ? [] : [label] } },
      ),
    ],
  }),
})
