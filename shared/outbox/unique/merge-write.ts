/** Merges a request for a debounced job into the job that waits: its payload and time take the place of those before. */
import { outboxKey } from '../../lib/id.ts'
import type { Item, Write } from '../../lib/write.ts'
import type { KeyItem } from './key-item.ts'

/**
 * Puts a job that waits off, with another payload. It is refused once the job was released, even if it waits again since: a
 * message with the payload before may be on its way. It is refused as well when the item belongs to another life of the id.
 *
 * @param item the outbox item that the request would have made
 */
export function mergeWrite({ jobId, createdAt }: Pick<KeyItem, 'jobId' | 'createdAt'>, item: Item): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(jobId),
    update: {
      text: 'SET #payload = :payload, #version = :version, runAt = :due, dueAt = :due, hops = :hops, expiresAt = :expiresAt',
      names: { '#payload': 'payload', '#version': 'version' },
      values: {
        ':payload': item.payload,
        ':version': item.version,
        ':due': item.dueAt,
        ':hops': item.hops,
        ':expiresAt': item.expiresAt,
      },
    },
    condition: {
      text: 'attribute_exists(due) AND dueAt = runAt AND createdAt = :createdAt',
      values: { ':createdAt': createdAt },
    },
    quiet: true,
  }
}
