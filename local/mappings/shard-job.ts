import type { StreamMapping } from '../model.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { MappingContext } from './context.ts'

/** A shard to read, and what its reading needs. */
export interface ShardJob {
  readonly context: MappingContext
  readonly mapping: StreamMapping
  readonly shardId: string
  readonly checkpoints: Checkpoints
  /** Records that the filters leave out are finished as they are read. */
  readonly passes: (event: object) => boolean
}
