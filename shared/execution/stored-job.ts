/** A job as the tables hold it: its outbox item and its effect. */
import { isJobId, outboxKey } from '../lib/id.ts'
import type { Store } from '../lib/ports.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { decodeItem } from '../outbox/outbox-item.ts'
import { effectOf } from './effect/lives.ts'
import type { Effect } from './effect.ts'

/** The two halves of a job, as they are stored. */
export interface StoredJob {
  readonly envelope: Envelope
  readonly effect: Effect | undefined
  /** Whether it is in the index of what waits for its time, from which the sweeper sends it. */
  readonly waits: boolean
  /** Until when it waits there, or waited last, ISO 8601 UTC. */
  readonly dueAt?: string
}

/** Reads the two halves of a job. `undefined` when there is no such job, or its outbox item has expired. */
export async function storedJob(store: Pick<Store, 'get'>, id: string): Promise<StoredJob | undefined> {
  // An id of another shape is in no table, and may be no key that DynamoDB takes.
  if (!isJobId(id)) return undefined
  const [item, effect] = await Promise.all([store.get('outbox', outboxKey(id)), store.get('effects', { pk: id })])
  const decoded = item && decodeItem(item)
  return decoded?.kind === 'envelope'
    ? {
        envelope: decoded.envelope,
        effect: effectOf(decoded.envelope, effect as Effect | undefined),
        waits: item?.due !== undefined,
        dueAt: typeof item?.dueAt === 'string' ? item.dueAt : undefined,
      }
    : undefined
}
