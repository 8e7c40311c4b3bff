import { defineJob, type JobType, type RecordReader, request } from 'outbox-relay'
import * as z from 'zod'
import { event } from '../events.ts'
import { webhook, webhookPartition } from '../records/webhook.ts'
import deliverWebhook from './deliver-webhook.ts'

/** A transaction takes 100 writes: one for the completion of this job, one for a further `publish-event`, the rest for deliveries. */
const mostDeliveries = 98

/** It also takes 4 MiB at most. Bytes for all deliveries, and the bytes that each delivery has in addition to its event. */
const roomForDeliveries = 3 * 1024 * 1024
const aroundEvent = 1024

const schema = z.object({
  ...event.shape,
  /** Webhooks up to this one have been served. */
  after: z.string().optional(),
})

/**
 * Publishes an event: creates one delivery for each webhook that subscribed to it, so that each is retried on its own.
 * If there are more webhooks than a transaction takes, another `publish-event` continues after the last one.
 * A chain of jobs ends after 16, so this serves about 1,600 webhooks per event. For more, fan out in two levels.
 */
const publishEvent: JobType<typeof schema> = defineJob({
  type: 'publish-event',
  schema,
  async run({ after, ...happened }, { services }) {
    const bytes = Buffer.byteLength(JSON.stringify(happened)) + aroundEvent
    const most = Math.max(1, Math.min(mostDeliveries, Math.floor(roomForDeliveries / bytes)))
    const { ids, more } = await subscribers(services.records, happened.event, after, most)
    const deliveries = ids.map((webhookId) => request(deliverWebhook, { webhookId, ...happened }))
    const rest = more ? [request(publishEvent, { ...happened, after: ids.at(-1) })] : []
    return { jobs: [...deliveries, ...rest] }
  },
})
export default publishEvent

/** Ids of webhooks that want an event, after a given one; `more` if there are others beyond. */
async function subscribers(records: RecordReader, wanted: string, after: string | undefined, most: number) {
  const ids: string[] = []
  let place = after
  do {
    const page = await records.list(webhook, {
      pk: webhookPartition,
      limit: 100,
      after: place,
    })
    for (const { id, events } of page.values) {
      if (!events.some((name) => name === wanted)) continue
      if (ids.length === most) return { ids, more: true }
      ids.push(id)
    }
    place = page.next
  } while (place !== undefined)
  return { ids, more: false }
}
