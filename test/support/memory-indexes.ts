/** The indexes of the outbox in memory: what waits for its time, and whose turn it is in a group. */
import { groupKey, outboxKey } from '../../shared/lib/id.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { OrderedDeps } from '../../shared/outbox/ordered-relay.ts'
import { envelopesOf } from '../../shared/outbox/outbox-item.ts'
import type { Waiting } from '../../shared/outbox/timer.ts'
import type { Turn } from '../../shared/outbox/turn.ts'
import type { SweepDeps } from '../../shared/recovery/sweep.ts'
import type { MemoryStore } from './memory-store.ts'

export function memoryDue(store: MemoryStore, pageSize = 500): SweepDeps['due'] {
  return async function* (bucket, until) {
    const found = store.items('outbox').filter((item) => item.due === bucket && String(item.dueAt) <= until)
    const inTurn = found.sort((a, b) => (String(a.dueAt) < String(b.dueAt) ? -1 : 1)).map(waitingOf)
    for (let i = 0; i < inTurn.length; i += pageSize) yield inTurn.slice(i, i + pageSize)
  }
}

export function waitingOf({ id, lane, dueAt, debounced }: Item): Waiting {
  return { id: String(id), lane: String(lane), dueAt: String(dueAt), ...(debounced === true && { debounced }) }
}

export function memoryTurns(store: MemoryStore): Pick<OrderedDeps, 'turns' | 'envelopes'> {
  return {
    turns: async (group, since, until) =>
      store
        .items('outbox')
        .filter(({ pk, turn }) => pk === groupKey(group) && String(turn ?? '') >= since && String(turn ?? '~') <= until)
        .map((item) => item as unknown as Turn),
    envelopes: async (ids) =>
      envelopesOf(ids.map((id) => store.peek('outbox', outboxKey(id))).filter((item) => item !== undefined)),
  }
}
