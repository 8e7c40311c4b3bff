/** Indexes of jobs, each with several partitions, read as one list: the newest first. */
import type { Effect } from '../../execution/effect.ts'

/** An entry of an index. */
export interface JobEntry {
  /** Id of the job. */
  readonly id: string
  /** Sort key of the index, which begins with a time, ISO 8601 UTC. */
  readonly at: string
  readonly type?: string
  readonly lane?: string
  /** When the job was accepted, ISO 8601 UTC, where the index knows it. */
  readonly createdAt?: string
  /** Where the index is one of effects. */
  readonly effect?: Effect
}

/** A part of a partition: from `since` to `upTo`, both inclusive. */
export interface IndexRange {
  readonly since?: string
  readonly upTo?: string
  /** The entry before the first one that is wanted. */
  readonly after?: Pick<JobEntry, 'id' | 'at'>
  readonly limit: number
}

export interface JobIndexes {
  /**
   * Entries of one partition, the newest first; fewer than `limit` only at the end. Entries with the same sort key come in any
   * order, but always in the same.
   */
  query(index: IndexName, partition: string, range: IndexRange): Promise<readonly JobEntry[]>
}

/** `jobs`: all jobs. `due`: those that wait for their time. `failing`: those that are retrying or dead. */
export type IndexName = 'jobs' | 'due' | 'failing'

/** Partitions of an index that are read together. */
export interface IndexPart {
  readonly index: IndexName
  readonly partitions: readonly string[]
  /** ISO 8601 UTC, inclusive. */
  readonly since?: string
  /** ISO 8601 UTC, exclusive. */
  readonly until?: string
}

/** A place in the list of such a part: just after this entry. */
export interface PartPlace {
  /** Its position among the partitions. */
  readonly partition: number
  readonly at: string
  readonly id: string
}

/** An entry, and the place after it. */
export interface Placed {
  readonly entry: JobEntry
  readonly place: PartPlace
}

/** What was read of a partition and is not in the list yet. */
interface Buffer {
  readonly entries: JobEntry[]
  after: IndexRange['after']
  isAtEnd: boolean
}

/**
 * The entries of all partitions, the newest first; those of one time by their partition. It reads ahead no further than it
 * must: where the partitions are even, each entry is read once, a few at a time.
 *
 * @param step entries of a partition that are read at once, at first
 */
export async function* newestFirst(
  indexes: JobIndexes,
  part: IndexPart,
  from: PartPlace | undefined,
  step: number,
): AsyncGenerator<Placed> {
  const buffers = part.partitions.map((): Buffer => ({ entries: [], after: undefined, isAtEnd: false }))
  for (let size = step; ; ) {
    // Where few entries are wanted, more are read at once.
    if (await fill(indexes, part, from, size, buffers)) size = Math.min(longestStep, size * 2)
    const partition = newestOf(buffers)
    const entry = buffers[partition]?.entries.shift()
    if (!entry) return
    yield { entry, place: { partition, at: entry.at, id: entry.id } }
  }
}

/** Most entries of a partition that are read at once. */
const longestStep = 100

/** Once a partition has nothing left, which is newest is not known: those that are nearly empty are read with it. @returns whether any was read */
async function fill(
  indexes: JobIndexes,
  part: IndexPart,
  from: PartPlace | undefined,
  limit: number,
  buffers: readonly Buffer[],
): Promise<boolean> {
  if (!buffers.some(({ entries, isAtEnd }) => entries.length === 0 && !isAtEnd)) return false
  const read = async (buffer: Buffer, i: number) => {
    if (buffer.isAtEnd || buffer.entries.length > limit / 2) return
    const range = rangeOf(part, i, from)
    const after = buffer.after ?? range.after
    const entries = await indexes.query(part.index, part.partitions[i] ?? '', { ...range, after, limit })
    buffer.entries.push(...entries)
    buffer.after = entries.at(-1) ?? after
    buffer.isAtEnd = entries.length < limit
  }
  await Promise.all(buffers.map(read))
  return true
}

/** Where a partition goes on. Of entries with the time of the place, those in partitions before its own are in the list already. */
function rangeOf({ index, since, until }: IndexPart, partition: number, from: PartPlace | undefined) {
  // Only here the sort key is a time alone, and many jobs may have the same.
  const isTime = index === 'due'
  const justBefore = (at: string) => (isTime ? new Date(Date.parse(at) - 1).toISOString() : at)
  const end = until === undefined ? undefined : justBefore(until)
  if (!from) return { since, upTo: end }
  if (partition === from.partition) return { since, upTo: end, after: from }
  return { since, upTo: partition < from.partition ? justBefore(from.at) : from.at }
}

function newestOf(buffers: readonly Buffer[]): number {
  let newest = 0
  for (const [i, { entries }] of buffers.entries())
    if ((entries[0]?.at ?? '') > (buffers[newest]?.entries[0]?.at ?? '')) newest = i
  return newest
}
