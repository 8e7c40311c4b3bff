import { Stack } from 'aws-cdk-lib'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { env } from '../shared/lib/names.ts'
import type { Stage } from './config/config.ts'
import type { LaneConstruct } from './lanes/lane.ts'
import type { LaneQueues } from './lanes/queues.ts'
import type { Tables } from './storage/tables.ts'

export function tablesEnvironment(tables: Tables): Record<string, string> {
  return {
    [env.recordsTable]: tables.records.tableName,
    [env.outboxTable]: tables.outbox.tableName,
    [env.effectsTable]: tables.effects.tableName,
  }
}

/** `{[lane]: {kind, queueUrl, deadLetterUrl}}` as JSON, of the lanes that the function works with. */
export function lanesEnvironment(scope: Construct, lanes: readonly LaneQueues[]): string {
  return Stack.of(scope).toJsonString(
    Object.fromEntries(
      lanes.map(({ lane, queue, deadLetters }) => [
        lane.name,
        { kind: lane.kind, queueUrl: queue.queueUrl, deadLetterUrl: deadLetters.queueUrl },
      ]),
    ),
  )
}

/** Without ordered lanes there are no timers. */
export function timersEnvironment(timers: IQueue | undefined): Record<string, string> {
  return timers ? { [env.timersUrl]: timers.queueUrl } : {}
}

/** `{[lane]: UUID}` as JSON: which mapping to disable in order to pause a lane. */
export function mappingsEnvironment(scope: Construct, lanes: readonly LaneConstruct[]): string {
  return Stack.of(scope).toJsonString(
    Object.fromEntries(lanes.map(({ lane, mapping }) => [lane.name, mapping.eventSourceMappingId])),
  )
}

/** Absent means no: a consumer posts to public addresses and over TLS only. */
export function webhooksEnvironment({ config }: Stage): Record<string, string> {
  return config.allowPrivateWebhooks ? { [env.allowPrivateWebhooks]: 'true' } : {}
}

export function probesEnvironment({ config }: Stage): Record<string, string> {
  return config.probes ? { [env.probes]: 'true' } : {}
}
