import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Effect } from '../../shared/execution/effect.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import { backoffSeconds } from '../../shared/lib/retry.ts'
import type { Item } from '../../shared/lib/write.ts'
import { envelopesOf } from '../../shared/outbox/outbox-item.ts'
import type { ReconcileDeps } from '../../shared/recovery/reconcile.ts'
import type { RedriveDeps } from '../../shared/recovery/redrive.ts'
import { clock } from './clock.ts'

/** Reads effects and outbox items in batches of up to 100; as of the last write, unless the half of its price will do. */
export function batchReader(
  client: DynamoDBDocumentClient,
  tables: { readonly outbox: string; readonly effects: string },
  { consistent } = { consistent: true },
): Pick<RedriveDeps, 'effects' | 'envelopes'> & Pick<ReconcileDeps, 'items'> {
  return {
    items(keys) {
      const exact = keys.map(({ pk, sk }) => ({ pk, sk }))
      return itemsAt(client, tables.outbox, exact, consistent)
    },
    async effects(ids) {
      const keys = ids.map((pk) => ({ pk }))
      return (await itemsAt(client, tables.effects, keys, consistent)) as unknown as Effect[]
    },
    envelopes: envelopeReader(client, tables.outbox, consistent),
  }
}

/** Reads several outbox items as envelopes. */
export function envelopeReader(
  client: DynamoDBDocumentClient,
  table: string,
  consistent: boolean,
): RedriveDeps['envelopes'] {
  return async (ids) => envelopesOf(await itemsAt(client, table, ids.map(outboxKey), consistent))
}

async function itemsAt(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Item[],
  consistent: boolean,
): Promise<Item[]> {
  const found: Item[] = []
  let left = [...keys]
  for (let refusals = 0; left.length > 0; ) {
    const batch = left.splice(0, 100)
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: batch, ConsistentRead: consistent } } }),
    )
    found.push(...(Responses?.[table] ?? []))
    const unprocessed = UnprocessedKeys?.[table]?.Keys ?? []
    left = [...left, ...unprocessed]
    // The table throttles: asking again at once would keep it so.
    if (unprocessed.length > 0) await clock.sleep(backoffSeconds(pace, ++refusals, clock.random()) * 1000)
  }
  return found
}

const pace = { baseSeconds: 0.05, capSeconds: 2 }
