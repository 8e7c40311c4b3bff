/** Reads one shard of a stream to its end and sends its records, in slots, until each is finished. */

import type { _Record as PolledRecord } from '@aws-sdk/client-dynamodb-streams'
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams'
import type { StreamMapping } from '../model.ts'
import { createBatchSlot } from './batch-slot.ts'
import { createLedger } from './ledger.ts'
import { createPollBackoff } from './poll-backoff.ts'
import { sendUntilFinished } from './send-batch.ts'
import type { ShardJob } from './shard-job.ts'
import { slotOf } from './stream-plan.ts'
import type { StreamRecord } from './stream-record.ts'
import { toStreamRecord } from './stream-record.ts'
import { createBell, pause } from './waiting.ts'

/** Resolves when the shard is closed and all its records are finished, or once `stopped` aborts and its invocations ended. */
export async function consumeShard(job: ShardJob, stopped: AbortSignal): Promise<void> {
  const { mapping, checkpoints, shardId } = job
  const ledger = createLedger()
  const progress = createBell()
  const drained = new AbortController()
  const signal = AbortSignal.any([stopped, drained.signal])

  function finish(records: readonly StreamRecord[]): void {
    for (const { sequenceNumber } of records) ledger.finish(sequenceNumber)
    const checkpoint = ledger.checkpoint()
    if (checkpoint !== undefined) checkpoints.advance(shardId, checkpoint)
    progress.ring()
  }

  const slots = Array.from({ length: mapping.parallelizationFactor }, () =>
    createBatchSlot(mapping, (records) => sendUntilFinished(job, records, finish, stopped)),
  )
  const running = slots.map((slot) => slot.run(signal))

  for await (const records of pagesOf(job, signal)) {
    for (const record of records) ledger.add(record.sequenceNumber)
    const { passing = [], filtered = [] } = Object.groupBy(records, ({ event }) =>
      job.passes(event) ? 'passing' : 'filtered',
    )
    for (const record of passing) slots[slotOf(record.itemKey, slots.length)]?.push(record)
    finish(filtered)
    while (ledger.span() > readAhead(mapping) && !signal.aborted) await progress.heard(signal)
  }
  while (ledger.span() > 0 && !signal.aborted) await progress.heard(signal)
  if (!signal.aborted) checkpoints.finish(shardId)
  drained.abort()
  await Promise.all(running)
}

/** Records to hold in memory: enough that every slot can gather a full batch while another is being sent. */
function readAhead(mapping: StreamMapping): number {
  return Math.max(1000, 2 * mapping.batchSize * mapping.parallelizationFactor)
}

/** The records after the checkpoint, page by page, until the shard is closed or the signal aborts. */
async function* pagesOf(job: ShardJob, signal: AbortSignal): AsyncGenerator<readonly StreamRecord[]> {
  const { context, mapping, shardId } = job
  const source = { arn: mapping.streamArn, region: context.model.region }
  const pollBackoff = createPollBackoff(context, mapping.logicalId)
  let place: Place = { after: job.checkpoints.position(shardId) }
  while (!signal.aborted) {
    const page = await readPage(job, place, signal)
    if (page.kind === 'failed') {
      place = { after: page.after }
      await pollBackoff.wait(page.message, signal)
      continue
    }
    pollBackoff.reset()
    const readAt = Date.now()
    const records = page.records.map((record) => toStreamRecord(record, source, readAt))
    if (records.length > 0) yield records
    if (page.iterator === undefined) return
    place = { after: records.at(-1)?.sequenceNumber ?? place.after, iterator: page.iterator }
    if (records.length === 0) await pause(context.timing.pollMs, signal)
  }
}

/** Where to read on: with the iterator, while it lives, else after the number; without a number at the trim horizon. */
interface Place {
  readonly after: string | undefined
  readonly iterator?: string
}

type Page =
  | { readonly kind: 'read'; readonly records: readonly PolledRecord[]; readonly iterator: string | undefined }
  | { readonly kind: 'failed'; readonly after: string | undefined; readonly message?: string }

async function readPage(job: ShardJob, { iterator, after }: Place, abortSignal: AbortSignal): Promise<Page> {
  const { streams } = job.context.clients
  const { streamArn } = job.mapping
  try {
    const opened =
      iterator ?? (await streams.send(openIterator(streamArn, job.shardId, after), { abortSignal })).ShardIterator
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: opened }), { abortSignal })
    return { kind: 'read', records: page.Records ?? [], iterator: page.NextShardIterator }
  } catch (error) {
    const { name } = error as Error
    // An iterator lives for minutes only; a new one at the same place loses nothing. Nor does one at the trim horizon, which
    // DynamoDB Local refuses if it was opened before the first record of all came.
    const isTrimmed = name === 'TrimmedDataAccessException'
    if (name === 'ExpiredIteratorException' || (isTrimmed && after === undefined)) return { kind: 'failed', after }
    if (isTrimmed) {
      const message = `what followed ${after} in ${job.shardId} is older than 24 hours and gone; going on with the oldest left`
      return { kind: 'failed', after: undefined, message }
    }
    return {
      kind: 'failed',
      after,
      message: `cannot read ${job.shardId} of ${streamArn}: ${error}. Trying again until it works.`,
    }
  }
}

export function openIterator(streamArn: string, shardId: string, after: string | undefined): GetShardIteratorCommand {
  return new GetShardIteratorCommand({
    StreamArn: streamArn,
    ShardId: shardId,
    ...(after === undefined
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
  })
}
