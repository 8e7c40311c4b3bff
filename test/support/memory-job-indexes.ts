/** The indexes of jobs in memory, over all items of a store. */
import type { Effect } from '../../shared/execution/effect.ts'
import { bucketOf } from '../../shared/lib/id.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { IndexName, JobEntry, JobIndexes } from '../../shared/recovery/job-list/newest-first.ts'
import type { MemoryStore } from './memory-store.ts'

const keys = { jobs: ['listed', 'listedAt'], due: ['due', 'dueAt'], failing: ['failing', 'failingAt'] } as const

export interface MemoryIndexes extends JobIndexes {
  /** Entries that were given out so far. */
  readonly read: { entries: number; queries: number }
}

export function memoryJobIndexes(store: MemoryStore): MemoryIndexes {
  const read = { entries: 0, queries: 0 }
  return {
    read,
    async query(index, partition, { since = '', upTo = '~', after, limit }) {
      const [partitionKey, sortKey] = keys[index]
      const found = store
        .items(index === 'failing' ? 'effects' : 'outbox')
        .filter((item) => item[partitionKey] === partition)
        .map((item) => entryOf(index, item, String(item[sortKey])))
        .filter(({ at }) => since <= at && at <= upTo)
        .sort(inOrder)
        .filter((entry) => !after || inOrder(after, entry) < 0)
        .slice(0, limit)
      read.queries++
      read.entries += found.length
      return found
    },
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

function entryOf(index: IndexName, item: Item, at: string): JobEntry {
  const id = String(item.sk ?? item.pk)
  const named = { id, at, lane: textOf(item.lane) }
  if (index === 'due') return named
  const type = textOf(item.type)
  return index === 'failing'
    ? { ...named, type, effect: item as unknown as Effect }
    : { ...named, type, createdAt: at.split('#', 1)[0] }
}

/** Newest first. Those with one sort key come in an order that is always the same, and tells nothing. */
function inOrder(a: Pick<JobEntry, 'id' | 'at'>, b: Pick<JobEntry, 'id' | 'at'>): number {
  if (a.at !== b.at) return a.at > b.at ? -1 : 1
  const hash = ({ id }: Pick<JobEntry, 'id'>) => bucketOf(`tie${id}`, 2 ** 32)
  return hash(a) - hash(b)
}
