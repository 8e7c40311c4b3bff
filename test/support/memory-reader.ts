/** Reads effects and outbox items of tables in memory: what functions/aws/ does on DynamoDB. */
import type { Effect } from '../../shared/effect.ts'
import { envelopesOf } from '../../shared/outbox-item.ts'
import type { RedriveDeps } from '../../shared/redrive.ts'
import type { MemoryStore } from './memory-store.ts'

export const allEffects = (store: MemoryStore) => store.items('effects') as unknown as Effect[]

export function memoryReader(store: MemoryStore): Pick<RedriveDeps, 'effects' | 'envelopes'> {
  return {
    effects: async (ids) => allEffects(store).filter(({ pk }) => ids.includes(pk)),
    envelopes: async (ids) => envelopesOf(store.items('outbox').filter(({ id }) => ids.includes(String(id)))),
  }
}
