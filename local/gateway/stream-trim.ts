/** A stream forgets records after 24 hours. Here it forgets when told to: `POST /_local/streams/{table}/trim`. */
import type { RouteHandler } from '../types.ts'
import type { Answer } from './answer.ts'
import { errorAnswer } from './answer.ts'
import type { Forward } from './engine.ts'

type Output = Exclude<Answer, 'reset'>
type Records = readonly { readonly dynamodb?: { readonly SequenceNumber?: string } }[]

export interface StreamTrim {
  /** The engine's streams, without what was trimmed. */
  readonly streams: Forward
  readonly routes: { readonly POST: RouteHandler }
}

/** What was trimmed is remembered until the stack stops; the engine itself keeps it. */
export function trimmable(engine: Forward): StreamTrim {
  /** By shard: the number of the last record that is gone. */
  const gone = new Map<string, bigint>()

  const streams: Forward = async (operation, body) => {
    if (operation === 'GetShardIterator') return open(JSON.parse(body), body)
    if (operation === 'GetRecords') return read(JSON.parse(body).ShardIterator, body)
    return engine(operation, body)
  }

  async function open(input: Record<string, string>, body: string): Promise<Output> {
    const { ShardId = '', SequenceNumber, ShardIteratorType } = input
    const last = gone.get(ShardId)
    const first = SequenceNumber && BigInt(SequenceNumber) + (ShardIteratorType === 'AFTER_SEQUENCE_NUMBER' ? 1n : 0n)
    if (last !== undefined && first && first <= last) {
      const message = 'The operation attempted to read past the oldest stream record in a shard.'
      return errorAnswer('dynamodb', { status: 400, code: 'TrimmedDataAccessException', message }) as Output
    }
    return engine('GetShardIterator', body)
  }

  async function read(iterator: string | undefined, body: string): Promise<Output> {
    const answer = await engine('GetRecords', body)
    const last = gone.get(shardOf(iterator))
    if (last === undefined) return answer
    const output = JSON.parse(answer.body) as { Records?: Records }
    if (!output.Records) return answer
    const Records = output.Records.filter((record) => numberOf(record) > last)
    return { ...answer, body: JSON.stringify({ ...output, Records }) }
  }

  const ask = async (operation: string, input: object) =>
    JSON.parse((await streams(operation, JSON.stringify(input))).body)

  async function trim(table: string): Promise<number> {
    let trimmed = 0
    const { Streams = [] } = await ask('ListStreams', { TableName: table })
    for (const { StreamArn } of Streams) {
      const { StreamDescription } = await ask('DescribeStream', { StreamArn })
      for (const { ShardId } of StreamDescription.Shards) trimmed += await trimShard(StreamArn, ShardId)
    }
    return trimmed
  }

  async function trimShard(StreamArn: string, ShardId: string): Promise<number> {
    let trimmed = 0
    let { ShardIterator } = await ask('GetShardIterator', { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
    while (ShardIterator !== undefined) {
      const { Records = [], NextShardIterator } = await ask('GetRecords', { ShardIterator })
      for (const record of Records as Records) gone.set(ShardId, numberOf(record))
      trimmed += Records.length
      ShardIterator = Records.length > 0 ? NextShardIterator : undefined
    }
    return trimmed
  }

  return {
    streams,
    routes: {
      POST: async ({ params: { table = '' } }) => ({ status: 200, body: { trimmed: await trim(table) } }),
    },
  }
}

/** DynamoDB Local's iterators are `<stream ARN>|<number>|<base64 of shard id|place|time>`. */
function shardOf(iterator: string | undefined): string {
  const [shardId = ''] = Buffer.from(iterator?.split('|').at(-1) ?? '', 'base64')
    .toString()
    .split('|')
  return shardId
}

function numberOf(record: Records[number]): bigint {
  return BigInt(record.dynamodb?.SequenceNumber ?? 0)
}
