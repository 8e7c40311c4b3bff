import { Lazy } from 'aws-cdk-lib'
import { Construct, type IConstruct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import { acknowledgeMonitoring, apiGrants, controlGrants, monitorGrants } from '../access/grants.ts'
import {
  lanesEnvironment,
  mappingsEnvironment,
  probesEnvironment,
  tablesEnvironment,
  webhooksEnvironment,
} from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { ExistingApi } from '../outbox-relay-props.ts'
import type { Reconciler } from '../scheduling/reconciler.ts'
import { existingGateway, pathUnder } from './existing-api.ts'
import type { Gateway } from './gateway.ts'
import { httpGateway } from './http-api.ts'
import { restGateway } from './rest-api.ts'

export interface ApiProps {
  readonly lanes: readonly LaneConstruct[]
  readonly reconciler: Reconciler
  /** HTTP API of the adopter, to which the routes are added. `undefined` for a new API. */
  readonly existing: ExistingApi | undefined
}

/** The API: its gateway authorizes and throttles, and one function serves every route. */
export class Api extends Construct {
  readonly handler: OutboxFunction
  readonly gateway: Gateway

  constructor(scope: Construct, id: string, context: OutboxContext, props: ApiProps) {
    super(scope, id)
    this.handler = this.#function(context, props)
    acknowledgeMonitoring(this.handler)
    this.gateway = this.#gateway(context, props)
    const { metrics } = this.gateway
    if (metrics) context.alarms.add(this, 'api-5xx', { metric: metrics.serverErrors })
  }

  #gateway({ stage }: OutboxContext, { existing }: ApiProps): Gateway {
    const props = { stage, handler: this.handler }
    if (existing) return existingGateway(this, props, existing)
    return stage.config.apiType === 'rest' ? restGateway(this, props) : httpGateway(this, props)
  }

  #function(context: OutboxContext, { lanes, reconciler, existing }: ApiProps): OutboxFunction {
    const { stage, tables, secrets } = context
    const queues = lanes.map((lane) => lane.queues)
    const mappings = lanes.map(({ mappingArn }) => mappingArn)
    const { functionName, functionArn } = reconciler.fn.lambda
    return new OutboxFunction(this, 'Handler', context, {
      name: 'api',
      entry: 'api',
      // Well below the time limit of the gateway, so that the caller gets the answer of the function.
      timeoutSeconds: 20,
      memoryMb: 512,
      environment: {
        ...tablesEnvironment(tables),
        ...lanesEnvironment(this, queues),
        ...mappingsEnvironment(this, lanes),
        [env.reconcileFunction]: functionName,
        [env.functions]: memoryOfFunctions(this.node.scope ?? this),
        [env.apiType]: stage.config.apiType,
        ...probesEnvironment(stage),
        ...webhooksEnvironment(stage),
        ...(existing ? { [env.apiPath]: pathUnder(existing) } : {}),
        ...secrets.environment,
      },
      grants: [
        ...apiGrants(tables.arns, queues),
        ...controlGrants(mappings, functionArn),
        ...secrets.sealGrants,
        ...monitorGrants,
      ],
    })
  }
}

/** `{[function's name]: its memory in MiB}` as JSON, of every function of the outbox. The API computes the usage from it. */
function memoryOfFunctions(outbox: IConstruct): string {
  // Lazy: some functions do not exist yet.
  return Lazy.string({
    produce: () => {
      const functions = outbox.node.findAll().filter((construct) => construct instanceof OutboxFunction)
      return JSON.stringify(Object.fromEntries(functions.map(({ functionName, memoryMb }) => [functionName, memoryMb])))
    },
  })
}
