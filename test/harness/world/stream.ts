/** The stream of the outbox: each change is a record for the relay of its lane. */
import type { StreamRecord } from '../../../local/mappings/stream-record.ts'
import { bucketOf } from '../../../shared/lib/id.ts'
import type { Item } from '../../../shared/lib/write.ts'
import type { Faults } from './faults.ts'
import type { Image } from './image.ts'
import type { Losses } from './losses.ts'
import type { StreamMapping } from './stream-mapping.ts'
import type { Timeline } from './timeline.ts'

type EventName = 'INSERT' | 'MODIFY'

interface StreamSettings {
  readonly timeline: Timeline
  readonly faults: Faults
  readonly losses: Losses
  /** Of the standard lanes, and of the ordered one. */
  readonly relays: readonly StreamMapping[]
  /** Whether records appear as late as in life. */
  readonly isLate: boolean
}

export type Stream = (eventName: EventName, item: Item, image: Image) => void

export function createStream({ timeline, faults, losses, relays, isLate }: StreamSettings): Stream {
  const { now } = timeline
  const shards = isLate ? 3 : 1
  const appearsAt = new Array<number>(shards).fill(0)
  let sequence = 0

  /** A record appears a little later, in the order of its shard. */
  function later(shard: number, appear: () => void): void {
    const appears = Math.max(appearsAt[shard] ?? 0, now() + faults.pick(300))
    appearsAt[shard] = appears
    timeline.after(appears - now(), appear)
  }

  return (eventName, item, image) => {
    if (eventName === 'INSERT' && losses.takesRecord(item)) return
    const shard = bucketOf(String(item.pk), shards)
    const record = recordOf(eventName, item, image, { sequence: ++sequence, at: now() })
    const put = () => relays[item.lane === 'ordered' ? 1 : 0]?.put(shard, record)
    if (isLate) later(shard, put)
    else put()
  }
}

function recordOf(
  eventName: EventName,
  item: Item,
  image: Image,
  { sequence, at }: { readonly sequence: number; readonly at: number },
): StreamRecord {
  const sequenceNumber = String(sequence).padStart(21, '0')
  const dynamodb = {
    SequenceNumber: sequenceNumber,
    NewImage: image,
    ApproximateCreationDateTime: Math.round(at / 1000),
  }
  const event = { eventName, dynamodb }
  return { sequenceNumber, itemKey: `${item.pk}/${item.sk}`, createdAt: at, bytes: 500, event }
}
