/** A DynamoDB stream mapping: finds the stream's shards and consumes each after its parent. */

import { join } from 'node:path'
import type { Shard } from '@aws-sdk/client-dynamodb-streams'
import { DescribeStreamCommand, GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams'
import type { StreamMapping } from '../model.ts'
import type { Checkpoints } from './checkpoints.ts'
import { openCheckpoints } from './checkpoints.ts'
import type { MappingContext, Runner } from './context.ts'
import { compileFilters } from './filter.ts'
import { createPollBackoff } from './poll-backoff.ts'
import { consumeShard, openIterator } from './shard.ts'
import { atMost, createBell } from './waiting.ts'

/** New shards appear when an old one closes, which is noticed at once; this is for all other cases. */
const DISCOVERY_MS = 30_000
/** While there is nothing to read at all. */
const FIRST_SHARD_MS = 1_000

export async function createStreamMapping(context: MappingContext, mapping: StreamMapping): Promise<Runner> {
  const passes = compileFilters(mapping.filters, 'dynamodb')
  const checkpoints = await openCheckpoints(join(context.stateDir, `${mapping.logicalId}.json`), (error) =>
    context.log(mapping.logicalId, `cannot write the checkpoint: ${error}. After a restart records will come again.`),
  )
  let session: AbortController | undefined
  let ended: Promise<void> = Promise.resolve()

  return {
    async enable() {
      if (session) return
      const mine = new AbortController()
      session = mine
      // The last session's invocations end first: a record must not be with the function twice.
      const previous = ended
      const started = previous
        .then(() => establish(context, mapping, checkpoints, mine.signal))
        .catch((error) => {
          if (!mine.signal.aborted)
            context.log(mapping.logicalId, `cannot find the latest record: ${error}. Trying again.`)
        })
      ended = started.then(() => run(context, mapping, checkpoints, passes, mine.signal))
      if (!checkpoints.established()) await started
    },
    disable() {
      session?.abort()
      session = undefined
    },
    async stop() {
      session?.abort()
      session = undefined
      await atMost(context.timing.graceMs, ended)
      await checkpoints.flush()
    },
  }
}

async function run(
  context: MappingContext,
  mapping: StreamMapping,
  checkpoints: Checkpoints,
  passes: (event: object) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const running = new Map<string, Promise<void>>()
  const closed = createBell()
  const pollBackoff = createPollBackoff(context, mapping.logicalId)
  while (!signal.aborted) {
    try {
      await establish(context, mapping, checkpoints, signal)
      const shards = await listShards(context, mapping.streamArn, signal)
      checkpoints.keepOnly(new Set(shards.map((shard) => shard.ShardId ?? '')))
      for (const shardId of readyShards(shards, checkpoints.isFinished, (id) => running.has(id))) {
        const ending = consumeShard({ context, mapping, shardId, checkpoints, passes }, signal)
        running.set(shardId, ending.finally(() => running.delete(shardId)).then(closed.ring))
      }
      pollBackoff.reset()
      await closed.heard(signal, running.size === 0 ? FIRST_SHARD_MS : DISCOVERY_MS)
    } catch (error) {
      await pollBackoff.wait(`cannot read ${mapping.streamArn}: ${error}. Trying again until it works.`, signal)
    }
  }
  await Promise.all(running.values())
}

/** Shards to begin now: a child waits until its parent is finished, so that no item's changes are swapped. */
export function readyShards(
  shards: readonly Shard[],
  isFinished: (shardId: string) => boolean,
  isRunning: (shardId: string) => boolean,
): string[] {
  const listed = new Set(shards.map((shard) => shard.ShardId))
  return shards.flatMap(({ ShardId: shardId, ParentShardId: parent }) => {
    if (shardId === undefined || isFinished(shardId) || isRunning(shardId)) return []
    // A parent that is no longer listed has been trimmed.
    const parentDone = parent === undefined || !listed.has(parent) || isFinished(parent)
    return parentDone ? [shardId] : []
  })
}

/** On the first start, LATEST passes over all that is in the stream. Later starts go on at the checkpoint. */
async function establish(
  context: MappingContext,
  mapping: StreamMapping,
  checkpoints: Checkpoints,
  signal: AbortSignal,
): Promise<void> {
  if (checkpoints.established() || signal.aborted) return
  if (mapping.startingPosition === 'LATEST') {
    for (const shard of await listShards(context, mapping.streamArn, signal)) {
      await passOver(context, mapping.streamArn, shard.ShardId ?? '', checkpoints, signal)
    }
  }
  checkpoints.establish()
}

/** A LATEST iterator dies with the process; the number of the last record does not, so that is what is looked for. */
async function passOver(
  { clients }: MappingContext,
  streamArn: string,
  shardId: string,
  checkpoints: Checkpoints,
  abortSignal: AbortSignal,
): Promise<void> {
  const options = { abortSignal }
  let { ShardIterator } = await clients.streams.send(openIterator(streamArn, shardId, undefined), options)
  while (ShardIterator !== undefined) {
    const page = await clients.streams.send(new GetRecordsCommand({ ShardIterator }), options)
    const last = page.Records?.at(-1)?.dynamodb?.SequenceNumber
    if (last === undefined && page.NextShardIterator !== undefined) return
    if (last !== undefined) checkpoints.advance(shardId, last)
    ShardIterator = page.NextShardIterator
  }
  checkpoints.finish(shardId)
}

async function listShards(
  { clients }: MappingContext,
  streamArn: string,
  abortSignal: AbortSignal,
): Promise<readonly Shard[]> {
  const shards: Shard[] = []
  let last: string | undefined
  do {
    const command = new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: last })
    const { StreamDescription } = await clients.streams.send(command, { abortSignal })
    shards.push(...(StreamDescription?.Shards ?? []))
    last = StreamDescription?.LastEvaluatedShardId
  } while (last !== undefined)
  return shards
}
