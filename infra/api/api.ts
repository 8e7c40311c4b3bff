import { Lazy } from 'aws-cdk-lib'
import { Construct, type IConstruct } from 'constructs'
import { env, jobIndex } from '../../shared/lib/names.ts'
import { putOffGrant, queryGrant } from '../access/grant.ts'
import { acknowledgeMonitoring, apiGrants, controlGrants, monitorGrants } from '../access/grants.ts'
import {
  accessEnvironment,
  jobIndexEnvironment,
  mappingsEnvironment,
  probesEnvironment,
  queuesEnvironment,
  tablesEnvironment,
  webhooksEnvironment,
} from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import { type LaneConstruct, switchesOf } from '../lanes/lane.ts'
import type { Relay } from '../lanes/relay.ts'
import type { ExistingApi } from '../outbox-relay-props.ts'
import type { Reconciler } from '../scheduling/reconciler.ts'
import { existingGateway, pathUnder } from './existing-api.ts'
import type { Gateway } from './gateway.ts'
import { httpGateway } from './http-api.ts'
import { restGateway } from './rest-api.ts'
import { checkScopes } from './scoped-routes.ts'

export interface ApiProps {
  readonly lanes: readonly LaneConstruct[]
  readonly relay: Relay
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
    checkScopes(context.stage.config, props.existing)
    this.handler = this.#function(context, props)
    acknowledgeMonitoring(this.handler)
    // The API accepts jobs of a new lane as soon as it is updated. By then the relays and their filters must know the lane.
    this.handler.lambda.node.addDependency(...props.relay.functions)
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
    const { functionName, functionArn } = reconciler.fn.lambda
    return new OutboxFunction(this, 'Handler', context, {
      name: 'api',
      entry: 'api',
      // Below the time limit of the gateway, so that the caller gets the answer of the function; a caller may wait 20 s for a job.
      timeoutSeconds: 24,
      memoryMb: 512,
      // Errors are answers 5xx of the gateway. Those of an existing API have no alarm here.
      alarmsOnErrors: existing !== undefined,
      environment: {
        ...tablesEnvironment(tables),
        ...queuesEnvironment(context.scheduler.failures),
        ...mappingsEnvironment(lanes),
        [env.reconcileFunction]: functionName,
        [env.functions]: memoryOfFunctions(this.node.scope ?? this),
        [env.apiType]: stage.config.apiType,
        ...accessEnvironment(stage),
        ...jobIndexEnvironment(stage),
        ...probesEnvironment(stage),
        ...webhooksEnvironment(stage),
        ...(existing ? { [env.apiPath]: pathUnder(existing) } : {}),
        ...secrets.environment,
      },
      grants: [
        ...apiGrants(tables.arns, queues),
        ...(stage.config.jobIndex ? [queryGrant(tables.arns.outbox, jobIndex)] : []),
        ...(context.hasDebouncedJobs ? [putOffGrant(tables.arns)] : []),
        ...controlGrants(switchesOf(this, stage, lanes), functionArn),
        ...secrets.sealGrants,
        ...monitorGrants,
      ],
    })
  }
}

/** `{[name]: memory in MiB}` as JSON, of every function except the consumers, whose memory the application knows. */
function memoryOfFunctions(outbox: IConstruct): string {
  // Lazy: some functions do not exist yet.
  return Lazy.string({
    produce: () => {
      const functions = outbox.node.findAll().filter((construct) => construct instanceof OutboxFunction)
      const others = functions.filter(({ entry }) => entry !== 'consume')
      return JSON.stringify(Object.fromEntries(others.map(({ name, memoryMb }) => [name, memoryMb])))
    },
  })
}
