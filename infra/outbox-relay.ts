import { Stack, Token } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { type Application, registryOf } from '../shared/define/application.ts'
import { lifetimes } from '../shared/lib/lifetimes.ts'
import { AccessPolicies } from './access/access-policies.ts'
import { clientEnvironment, commitGrants, waitGrants } from './access/client.ts'
import { type Grant, statementOf } from './access/grant.ts'
import { Api } from './api/api.ts'
import { stageWith } from './config/config.ts'
import { ConfigError } from './config/config-error.ts'
import { environmentCounter } from './config/environment-size.ts'
import { ownModule, pathOf } from './config/paths.ts'
import { checkRules } from './config/rules.ts'
import type { Stage } from './config/stage-config.ts'
import { takeName } from './config/unique-name.ts'
import type { OutboxContext } from './context.ts'
import { OutboxFunction } from './function.ts'
import { CircuitBreakers } from './lanes/circuit-breaker.ts'
import { LaneConstruct } from './lanes/lane.ts'
import { Relay } from './lanes/relay.ts'
import { AlarmSet } from './monitoring/alarm-set.ts'
import { Dashboard } from './monitoring/dashboard.ts'
import { SavedQueries } from './monitoring/saved-queries.ts'
import type { LaneResources, OutboxRelayProps } from './outbox-relay-props.ts'
import { addOutputs, type OutputsProps } from './outputs.ts'
import { Reconciler } from './scheduling/reconciler.ts'
import { Scheduler } from './scheduling/scheduler.ts'
import { Schedules } from './scheduling/schedules.ts'
import { Sweeper } from './scheduling/sweeper.ts'
import { TimersQueue } from './scheduling/timers.ts'
import type { AnyTable } from './storage/records-table.ts'
import { SecretsKey } from './storage/secrets-key.ts'
import { Tables } from './storage/tables.ts'

/**
 * An outbox: its tables, the lanes of the application, the relay that sends jobs to the lanes, the schedules, the alarms, and
 * the API for operators.
 *
 * @example
 * const outbox = new OutboxRelay(this, 'Outbox', { application, stage: 'dev', recordsTable, api: { httpApi } })
 * outbox.grantCommit(ordersFunction)
 */
export class OutboxRelay extends Construct {
  /** Table of the records: `recordsTable` of the props, or a new table. */
  readonly recordsTable: AnyTable
  /** Table of the requested jobs. */
  readonly outboxTable: Table
  /** Table of the progress of each job. */
  readonly effectsTable: Table
  /** Resources of each lane, by the name of the lane. */
  readonly lanes: ReadonlyMap<string, LaneResources>
  /** Topic that alarms notify: `alarmTopic` of the props, or a new topic. Subscribe the people who are on call. */
  readonly alarmTopic: ITopic
  /** URL of the API for operators; `undefined` with `api: false`. */
  readonly apiUrl: string | undefined
  readonly #context: OutboxContext
  readonly #outputs: OutputsProps

  /** Creates the resources. @throws ConfigError when a property is invalid, or parts of the application do not fit together */
  constructor(scope: Construct, id: string, props: OutboxRelayProps) {
    super(scope, id)
    const { application } = props
    const stage = stageOf(this, props)
    takeName(this, stage.prefix)
    const { jobs } = registryOf(application, stage.config)
    const context = contextOf(this, stage, props)
    const lanes = application.lanes.map((lane) => new LaneConstruct(this, `Lane-${lane.name}`, context, lane))
    const parts = { lanes, ...this.#movers(context, application, lanes) }
    const api = props.api === false ? undefined : new Api(this, 'Api', context, { ...parts, existing: props.api })
    const policies =
      api && stage.config.authorization === 'iam'
        ? new AccessPolicies(this, 'AccessPolicies', stage, api.gateway)
        : undefined
    const dashboard = new Dashboard(this, 'Dashboard', context, { ...parts, api })
    const functions = this.node.findAll().filter((construct) => construct instanceof OutboxFunction)
    new SavedQueries(this, 'SavedQueries', context, functions)

    const bytesOf = environmentCounter(Stack.of(this))
    checkRules({
      lifetimes,
      jobs: [...jobs.values()],
      schedules: application.schedules,
      functions: functions.map(({ name, lambda }) => ({ name, bytes: bytesOf(lambda) })),
    })

    this.recordsTable = context.tables.records
    this.outboxTable = context.tables.outbox
    this.effectsTable = context.tables.effects
    this.lanes = new Map(lanes.map((lane) => [lane.lane.name, resourcesOf(lane)]))
    this.alarmTopic = context.alarms.topic
    this.apiUrl = api?.gateway.url
    this.#context = context
    this.#outputs = { ...parts, api, dashboard, policies }
  }

  /** The constructs that move jobs: relay, sweeper, reconciler, schedules and circuit breakers. */
  #movers(context: OutboxContext, { schedules }: Application, lanes: readonly LaneConstruct[]) {
    const queues = lanes.map((lane) => lane.queues)
    const needsTimers = context.hasDebouncedJobs || queues.some(({ isOrdered }) => isOrdered)
    const timers = needsTimers ? new TimersQueue(this, 'Timers', context) : undefined
    const relay = new Relay(this, 'Relay', context, { lanes: queues, timers })
    new Sweeper(this, 'Sweeper', context, timers)
    const reconciler = new Reconciler(this, 'Reconciler', context, lanes, relay.failures)
    new Schedules(this, 'Schedules', context, schedules)
    const breaking = lanes.filter(({ lane }) => lane.circuitBreaker)
    if (breaking.length > 0) new CircuitBreakers(this, 'Breakers', context, breaking)
    return { relay, reconciler }
  }

  /** Functions that run jobs, one per lane. Grant them the resources that jobs use in addition to the records table. */
  get consumers(): readonly LambdaFunction[] {
    return [...this.lanes.values()].map(({ consumer }) => consumer)
  }

  /**
   * Lets a function commit changes with `outbox()` of `outbox-relay/client`: grants it to write records and to add jobs to
   * the outbox, and adds the names of the tables to its environment.
   */
  grantCommit(fn: LambdaFunction): void {
    this.#grantClient(fn, commitGrants(this.#context.tables.arns, this.#context))
  }

  /**
   * Lets a function wait for jobs with `wait()` of `outbox-relay/client`: grants it to read jobs, and adds the names of the
   * tables to its environment. The function may read the payloads and results of all jobs.
   */
  grantWait(fn: LambdaFunction): void {
    this.#grantClient(fn, waitGrants(this.#context.tables.arns))
  }

  #grantClient(fn: LambdaFunction, grants: readonly Grant[]): void {
    for (const grant of grants) fn.addToRolePolicy(statementOf(grant))
    for (const [name, value] of Object.entries(clientEnvironment(this, this.#context.tables.names)))
      fn.addEnvironment(name, value)
  }

  /** Adds outputs to the stack, which operators and `outbox --stack <name>` read. Call it once per stack. */
  addOutputs(): void {
    addOutputs(Stack.of(this), this.#context, this.#outputs)
  }
}

function contextOf(scope: Construct, stage: Stage, { application, recordsTable, alarmTopic }: OutboxRelayProps) {
  const alarms = new AlarmSet(scope, 'Alarms', { stage, topic: alarmTopic })
  const tables = new Tables(scope, 'Tables', { stage, records: recordsTable })
  tables.needListIndex(application.jobOwners.flatMap(({ record }) => (record.listed ? [record.name] : [])))
  const secrets = new SecretsKey(scope, 'Secrets', { stage })
  const scheduler = new Scheduler(scope, 'Scheduler', { stage, alarms })
  const { jobs } = registryOf(application, stage.config)
  const hasDebouncedJobs = [...jobs.values()].some(({ debounce }) => debounce)
  const hasUniqueJobs = hasDebouncedJobs || [...jobs.values()].some(({ unique }) => unique)
  return { stage, alarms, tables, secrets, scheduler, hasUniqueJobs, hasDebouncedJobs } satisfies OutboxContext
}

function resourcesOf({ queues: { queue, deadLetters }, consumer }: LaneConstruct): LaneResources {
  return { queue, deadLetters, consumer: consumer.lambda }
}

/** @throws ConfigError */
function stageOf(scope: Construct, props: OutboxRelayProps): Stage {
  const { application, routes, stage = 'prod', name, recordsTable, api, alarmTopic, ...overrides } = props
  const prefix = name ?? Stack.of(scope).stackName
  if (Token.isUnresolved(prefix))
    throw new ConfigError('The name of the stack is known only at deploy time: set the property `name` of the outbox')
  return {
    ...stageWith(stage, overrides, prefix),
    modules: {
      application: pathOf(application.module),
      routes: routes === undefined ? ownModule('functions', 'api', 'no-routes') : pathOf(routes),
    },
  }
}
