/** What every mapping's loops work with. */
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { StackModel } from '../model.ts'
import type { Functions, Log, Metrics } from '../types.ts'
import { accessKeyId, LOCAL_SECRET } from '../types.ts'

export interface MappingContext {
  readonly model: StackModel
  readonly functions: Pick<Functions, 'invoke'>
  readonly log: Log
  readonly metrics: Metrics
  readonly clients: Clients
  readonly timing: Timing
  /** Directory of the mappings' state. */
  readonly stateDir: string
}

export interface Timing {
  /** Pause between two reads of a shard that had nothing new. AWS reads four times a second. */
  readonly pollMs: number
  /** Between tries of a batch that failed or was throttled, and of a call that the endpoint refused. */
  readonly backoff: { readonly base: number; readonly cap: number }
  /** How long `stop` waits for invocations that are running. */
  readonly graceMs: number
}

export const defaultTiming: Timing = { pollMs: 250, backoff: { base: 200, cap: 10_000 }, graceMs: 3_000 }

export interface Clients {
  readonly streams: DynamoDBStreamsClient
  readonly sqs: SQSClient
}

/** A mapping polls with the execution role of its function, which the gateway reads from the access key id. */
export function clientsOf(functionName: string, gatewayUrl: string, region: string): Clients {
  const config = {
    endpoint: gatewayUrl,
    region,
    credentials: { accessKeyId: accessKeyId({ kind: 'mapping', functionName }), secretAccessKey: LOCAL_SECRET },
  }
  return {
    streams: new DynamoDBStreamsClient(config),
    // The queue's URL names the queue, the endpoint where to reach it.
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
  }
}

/** What a mapping of either kind can be told. */
export interface Runner {
  /** Resolves once the mapping would see whatever is written from now on. Idempotent. */
  enable(): Promise<void>
  /** No invocation starts after this returns; those that run may end. Idempotent. */
  disable(): void
  /** Disables, waits briefly for running invocations and puts state on disk. */
  stop(): Promise<void>
}
