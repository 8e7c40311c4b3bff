import { Construct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import { apiGrants, controlGrants, monitorGrants } from '../access/grants.ts'
import type { Stage } from '../config/config.ts'
import {
  lanesEnvironment,
  mappingsEnvironment,
  probesEnvironment,
  tablesEnvironment,
  webhooksEnvironment,
} from '../environment.ts'
import { OutboxFunction } from '../function.ts'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { apiAlarms } from '../monitoring/api-alarms.ts'
import { acknowledgeMonitoring, functionsEnvironment } from '../monitoring/monitored.ts'
import type { ExistingApi } from '../outbox-relay-props.ts'
import type { Reconciler } from '../scheduling/reconciler.ts'
import type { SecretsKey } from '../storage/secrets-key.ts'
import type { Tables } from '../storage/tables.ts'
import { existingGateway, pathUnder } from './existing-api.ts'
import type { Gateway } from './gateway.ts'
import { httpGateway } from './http-api.ts'
import { restGateway } from './rest-api.ts'

export interface ApiProps {
  readonly stage: Stage
  readonly tables: Tables
  readonly lanes: readonly LaneConstruct[]
  readonly reconciler: Reconciler
  readonly secrets: SecretsKey
  readonly alarms: Alarms
  /** An HTTP API to add the routes to. @default - one of its own */
  readonly existing?: ExistingApi
}

/** The API: authorization and throttling at the gateway in front, every route in one function. */
export class Api extends Construct {
  readonly handler: OutboxFunction
  readonly gateway: Gateway

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id)
    this.handler = this.#function(props)
    acknowledgeMonitoring(this.handler)
    this.gateway = this.#gateway(props)
    apiAlarms(this, props.alarms)
  }

  #gateway({ stage, existing }: ApiProps): Gateway {
    const parts = { stage, handler: this.handler }
    if (existing) return existingGateway(this, parts, existing)
    return stage.config.apiType === 'rest' ? restGateway(this, parts) : httpGateway(this, parts)
  }

  #function({ stage, tables, lanes, reconciler, secrets, existing }: ApiProps): OutboxFunction {
    const queues = lanes.map((lane) => lane.queues)
    return new OutboxFunction(this, 'Handler', {
      stage,
      name: 'api',
      entry: 'api',
      // Well under the time at which the gateway gives up, so that the caller gets our answer and not its own.
      timeoutSeconds: 20,
      memoryMb: 512,
      environment: {
        ...tablesEnvironment(tables),
        [env.lanes]: lanesEnvironment(this, queues),
        [env.mappings]: mappingsEnvironment(this, lanes),
        [env.reconcileFunction]: reconciler.fn.lambda.functionName,
        [env.functions]: functionsEnvironment(this.node.scope ?? this),
        [env.apiType]: stage.config.apiType,
        ...probesEnvironment(stage),
        ...webhooksEnvironment(stage),
        ...(existing ? { [env.apiPath]: pathUnder(existing) } : {}),
        ...secrets.environment,
      },
      grants: [
        ...apiGrants(tables, queues),
        ...controlGrants(lanes, reconciler),
        ...secrets.sealGrants,
        ...monitorGrants,
      ],
    })
  }
}
