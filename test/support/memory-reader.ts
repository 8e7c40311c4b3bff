/** Reads effects and outbox items of tables in memory: what functions/aws/ does on DynamoDB. */
import type { BatchPlace } from '../../shared/batch/batch-pages.ts'
import type { BatchItem } from '../../shared/batch/items.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { envelopesOf } from '../../shared/outbox/outbox-item.ts'
import type { ReconcileDeps } from '../../shared/recovery/reconcile.ts'
import type { RedriveDeps } from '../../shared/recovery/redrive.ts'
import type { MemoryStore } from './memory-store.ts'

/** Effects of jobs alone: next to them lie the reconciler's own state, batches and unique keys. */
export const allEffects = (store: MemoryStore) =>
  store.items('effects').filter(({ state }) => state !== undefined) as unknown as Effect[]

export function memoryReader(
  store: MemoryStore,
): Pick<RedriveDeps, 'effects' | 'envelopes'> & Pick<ReconcileDeps, 'items' | 'failing' | 'batches'> {
  return {
    effects: async (ids) => allEffects(store).filter(({ pk }) => ids.includes(pk)),
    envelopes: async (ids) => envelopesOf(store.items('outbox').filter(({ id }) => ids.includes(String(id)))),
    items: async (keys) => keys.map((key) => store.peek('outbox', key)).filter((item) => item !== undefined),
    failing: {
      query: async (partition, { until = '9' }, { after, limit }) =>
        allEffects(store)
          .filter(({ failing, failingAt = '' }) => failing === partition && failingAt < until)
          .filter(({ failingAt = '' }) => failingAt > (after?.failingAt ?? ''))
          .sort((a, b) => ((a.failingAt ?? '') < (b.failingAt ?? '') ? -1 : 1))
          .slice(0, limit),
    },
    batches: {
      async query(partition, { after, limit, newestFirst = false }) {
        const sign = newestFirst ? -1 : 1
        const entries = (store.items('effects') as unknown as BatchItem[]).filter(
          ({ batches }) => batches === partition,
        )
        const order = (a: BatchPlace, b: BatchPlace) => sign * (a.batchesAt < b.batchesAt ? -1 : 1)
        return entries
          .filter((entry) => !after || order(after, entry) < 0)
          .sort(order)
          .slice(0, limit)
          .map(({ pk, batchesAt }) => ({ pk, batchesAt }))
      },
    },
  }
}
