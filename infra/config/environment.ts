import { Stack } from 'aws-cdk-lib'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { Lane } from '../../shared/define/lane.ts'
import { env } from '../../shared/lib/names.ts'
import type { Stage } from './stage-config.ts'

type Environment = Record<string, string>

export interface TableNames {
  readonly records: string
  readonly outbox: string
  readonly effects: string
}

/** A lane as the functions address it. */
export interface LaneUrls {
  readonly lane: Lane
  readonly queueUrl: string
  readonly deadLetterUrl: string
}

/** The event source mapping that feeds the consumer of a lane. */
export interface LaneMapping {
  readonly lane: Lane
  readonly mappingId: string
}

export function tablesEnvironment({ names }: { readonly names: TableNames }): Environment {
  return { [env.recordsTable]: names.records, [env.outboxTable]: names.outbox, [env.effectsTable]: names.effects }
}

/** `{[lane]: {kind, queueUrl, deadLetterUrl}}` as JSON, of the lanes that the function works with. */
export function lanesEnvironment(scope: Construct, lanes: readonly LaneUrls[]): Environment {
  const json = lanes.map(({ lane, queueUrl, deadLetterUrl }) => [
    lane.name,
    { kind: lane.kind, queueUrl, deadLetterUrl },
  ])
  return { [env.lanes]: Stack.of(scope).toJsonString(Object.fromEntries(json)) }
}

/** `{[lane]: UUID}` as JSON: the mapping that is disabled while the lane is paused. */
export function mappingsEnvironment(scope: Construct, lanes: readonly LaneMapping[]): Environment {
  const json = Object.fromEntries(lanes.map(({ lane, mappingId }) => [lane.name, mappingId]))
  return { [env.mappings]: Stack.of(scope).toJsonString(json) }
}

/** Without ordered lanes there is no queue of timers. */
export function timersEnvironment(timers: IQueue | undefined): Environment {
  return timers ? { [env.timersUrl]: timers.queueUrl } : {}
}

/** Without the variable, jobs may post to public addresses over TLS only. */
export function webhooksEnvironment({ config }: Stage): Environment {
  return config.allowPrivateWebhooks ? { [env.allowPrivateWebhooks]: 'true' } : {}
}

export function probesEnvironment({ config }: Stage): Environment {
  return config.probes ? { [env.probes]: 'true' } : {}
}
