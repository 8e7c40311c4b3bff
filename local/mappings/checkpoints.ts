/** How far a stream mapping has come in each shard. Kept in one file per mapping. */
import { readState, writeState } from './state-file.ts'

export interface Checkpoints {
  /** False until the mapping has fixed where it starts, on its first start. */
  established(): boolean
  establish(): void
  /** Every record up to this number is finished. `undefined`: start at the trim horizon. */
  position(shardId: string): string | undefined
  /** The shard is closed and every record of it is finished. */
  isFinished(shardId: string): boolean
  advance(shardId: string, sequenceNumber: string): void
  finish(shardId: string): void
  /** Forgets shards that the stream no longer has. */
  keepOnly(shardIds: ReadonlySet<string>): void
  /** Resolves once all of the above is on disk. */
  flush(): Promise<void>
}

interface ShardState {
  readonly after?: string
  readonly finished?: true
}

/** A write that fails is told to `onError`; records after the last one written then come again after a restart. */
export async function openCheckpoints(file: string, onError: (error: unknown) => void): Promise<Checkpoints> {
  const stored = (await readState(file)) as { shards: Record<string, ShardState> } | undefined
  const shards = new Map(Object.entries(stored?.shards ?? {}))
  let established = stored !== undefined
  let dirty = false
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    while (dirty) {
      dirty = false
      await writeState(file, { shards: Object.fromEntries(shards) }).catch(onError)
    }
    writing = undefined
  }

  function changed(): void {
    dirty = true
    writing ??= write()
  }

  function put(shardId: string, state: ShardState): void {
    shards.set(shardId, state)
    changed()
  }

  return {
    established: () => established,
    establish() {
      established = true
      changed()
    },
    position: (shardId) => shards.get(shardId)?.after,
    isFinished: (shardId) => shards.get(shardId)?.finished ?? false,
    advance(shardId, after) {
      if (shards.get(shardId)?.after !== after) put(shardId, { after })
    },
    finish: (shardId) => put(shardId, { ...shards.get(shardId), finished: true }),
    keepOnly(shardIds) {
      const gone = [...shards.keys()].filter((shardId) => !shardIds.has(shardId))
      for (const shardId of gone) shards.delete(shardId)
      if (gone.length > 0) changed()
    },
    flush: async () => {
      await writing
    },
  }
}
