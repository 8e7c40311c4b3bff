/** Reads effects and outbox items of tables in memory: what functions/aws/ does on DynamoDB. */
import type { Effect } from '../../shared/execution/effect.ts'
import { envelopesOf } from '../../shared/outbox/outbox-item.ts'
import type { ReconcileDeps } from '../../shared/recovery/reconcile.ts'
import type { RedriveDeps } from '../../shared/recovery/redrive.ts'
import type { MemoryStore } from './memory-store.ts'

/** Without the reconciler's own state, which lies next to them. */
export const allEffects = (store: MemoryStore) =>
  store.items('effects').filter(({ pk }) => !String(pk).startsWith('reconciler#')) as unknown as Effect[]

export function memoryReader(
  store: MemoryStore,
): Pick<RedriveDeps, 'effects' | 'envelopes'> & Pick<ReconcileDeps, 'items' | 'failing'> {
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
  }
}
