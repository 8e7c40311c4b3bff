import { Fn } from 'aws-cdk-lib'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Lane } from '../../shared/define/lane.ts'
import { env } from '../../shared/lib/names.ts'
import { scopesOf } from './scopes.ts'
import type { Stage } from './stage-config.ts'

type Environment = Record<string, string>

export interface TableNames {
  readonly records: string
  readonly outbox: string
  readonly effects: string
}

export function tablesEnvironment({ names }: { readonly names: TableNames }): Environment {
  return { [env.recordsTable]: names.records, [env.outboxTable]: names.outbox, [env.effectsTable]: names.effects }
}

/** From the URL of one queue the functions compute those of all lanes. */
export function queuesEnvironment({ queueUrl }: Pick<IQueue, 'queueUrl'>): Environment {
  return { [env.queueUrl]: queueUrl }
}

/** `{[kind]: names}` as JSON, of the lanes to which a relay sends. */
export function lanesEnvironment(lanes: readonly { readonly lane: Lane }[]): Environment {
  const byKind = Map.groupBy(lanes, ({ lane }) => lane.kind)
  const names = [...byKind].map(([kind, list]) => [kind, list.map(({ lane }) => lane.name)])
  return { [env.lanes]: JSON.stringify(Object.fromEntries(names)) }
}

/** The mapping that is disabled while a lane is paused, of each lane, in the order of the application. */
export function mappingsEnvironment(lanes: readonly { readonly mappingId: string }[]): Environment {
  return {
    [env.mappings]: Fn.join(
      ',',
      lanes.map(({ mappingId }) => mappingId),
    ),
  }
}

/** Without ordered lanes there is no queue of timers. */
export function timersEnvironment(timers: IQueue | undefined): Environment {
  return timers ? { [env.timersUrl]: timers.queueUrl } : {}
}

/** Without the variable, jobs may post to public addresses over TLS only. */
export function webhooksEnvironment({ config }: Stage): Environment {
  return config.allowPrivateWebhooks ? { [env.allowPrivateWebhooks]: 'true' } : {}
}

/** How the API tells its callers apart. */
export function accessEnvironment({ config }: Stage): Environment {
  const scopes = scopesOf(config)
  return {
    [env.authorization]: config.authorization,
    ...(scopes ? { [env.scopes]: JSON.stringify(scopes) } : {}),
  }
}

/** Whether the API may list jobs with any status. */
export function jobIndexEnvironment({ config }: Stage): Environment {
  return config.jobIndex ? { [env.jobIndex]: 'true' } : {}
}

export function probesEnvironment({ config }: Stage): Environment {
  return config.probes ? { [env.probes]: 'true' } : {}
}
