import { z } from 'zod'
import { defineJob } from '../../shared/job.ts'

/** Tells the world that something happened: one delivery for every webhook that asked for it. */
export default defineJob({
  type: 'publish-event',
  schema: z.object({ event: z.string(), at: z.iso.datetime(), data: z.unknown() }),
  run() {
    return undefined
  },
})
