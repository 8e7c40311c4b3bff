import { Stack, Token } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { registryOf } from '../shared/define/application.ts'
import { lifetimes } from '../shared/lib/lifetimes.ts'
import { People } from './access/access-policies.ts'
import { statementOf } from './access/grants.ts'
import { Api } from './api/api.ts'
import { commitEnvironment, commitGrants } from './config/commit.ts'
import { type Stage, stageWith } from './config/config.ts'
import { ConfigError } from './config/config-error.ts'
import { checkRules } from './config/rules.ts'
import { OutboxFunction } from './function.ts'
import { Breakers } from './lanes/circuit-breaker.ts'
import { LaneConstruct } from './lanes/lane.ts'
import { Relay } from './lanes/relay.ts'
import { TimersQueue } from './lanes/timers.ts'
import { Alarms } from './monitoring/alarms.ts'
import { Dashboard } from './monitoring/dashboard.ts'
import { SavedQueries } from './monitoring/saved-queries.ts'
import type { LaneResources, OutboxRelayProps } from './outbox-relay-props.ts'
import { addOutputs, type OutputsProps } from './outputs.ts'
import { ownModule, pathOf } from './paths.ts'
import { Reconciler } from './scheduling/reconciler.ts'
import { Scheduler } from './scheduling/scheduler.ts'
import { Schedules } from './scheduling/schedules.ts'
import { Sweeper } from './scheduling/sweeper.ts'
import { SecretsKey } from './storage/secrets-key.ts'
import { type AnyTable, Tables } from './storage/tables.ts'

/**
 * An outbox: the tables, a road per lane, the relay that feeds them, what comes by the clock, and the API for operators.
 *
 * @example
 * const outbox = new OutboxRelay(this, 'Outbox', { application, recordsTable, api: { httpApi } })
 * outbox.grantCommit(ordersFunction)
 */
export class OutboxRelay extends Construct {
  /** What the business has. */
  readonly recordsTable: AnyTable
  /** What is to be done about it. */
  readonly outboxTable: Table
  /** What has been done. */
  readonly effectsTable: Table
  /** By name. */
  readonly lanes: ReadonlyMap<string, LaneResources>
  /** Where alarms go; subscribe whoever is on call. */
  readonly alarmTopic: ITopic
  /** Where the API for operators is. @default - none, with `api: false` */
  readonly apiUrl: string | undefined
  readonly #tables: Tables
  readonly #outputs: OutputsProps

  /** @throws ConfigError when props, or parts of the application, do not fit together */
  constructor(scope: Construct, id: string, props: OutboxRelayProps) {
    super(scope, id)
    const { application, recordsTable, alarmTopic } = props
    const stage = stageOf(this, props)
    const { lanes, schedules } = application
    const { jobs } = registryOf(application, stage.config)
    checkRules({ lifetimes, lanes, jobs: [...jobs.values()], schedules })

    const alarms = new Alarms(this, 'Alarms', { stage, ...(alarmTopic ? { topic: alarmTopic } : {}) })
    const tables = new Tables(this, 'Tables', { stage, ...(recordsTable ? { records: recordsTable } : {}) })
    tables.needListIndex(application.jobOwners.flatMap(({ record }) => (record.listed ? [record.name] : [])))
    const secrets = new SecretsKey(this, 'Secrets', { stage })
    const shared = { stage, tables, secrets, alarms }
    const roads = lanes.map((lane) => new LaneConstruct(this, `Lane-${lane.name}`, { ...shared, lane }))
    const queues = roads.map((road) => road.queues)
    const isOrdered = lanes.some(({ kind }) => kind === 'ordered')
    const timers = isOrdered ? new TimersQueue(this, 'Timers', { stage }) : undefined
    const relay = new Relay(this, 'Relay', { stage, tables, lanes: queues, timers, alarms })
    const scheduler = new Scheduler(this, 'Scheduler', { stage, alarms })
    const parts = { stage, tables, lanes: queues, scheduler, alarms }
    new Sweeper(this, 'Sweeper', { stage, tables, timers, scheduler, alarms })
    const reconciler = new Reconciler(this, 'Reconciler', { ...parts, lanes: roads })
    new Schedules(this, 'Schedules', { stage, schedules, tables, scheduler, alarms })
    const breaking = roads.filter(({ lane }) => lane.circuitBreaker)
    if (breaking.length > 0) new Breakers(this, 'Breakers', { stage, tables, lanes: breaking, alarms })
    const own = { ...shared, lanes: roads, reconciler }
    const api = props.api === false ? undefined : new Api(this, 'Api', { ...own, ...existing(props) })
    const { authorization } = stage.config
    const people =
      api && authorization === 'iam' ? new People(this, 'People', { stage, gateway: api.gateway }) : undefined
    const shown = { stage, alarms, lanes: roads, relay, scheduler, reconciler, api }
    const dashboard = new Dashboard(this, 'Dashboard', shown)
    const functions = this.node.findAll().filter((construct) => construct instanceof OutboxFunction)
    new SavedQueries(this, 'SavedQueries', { stage, functions })

    this.recordsTable = tables.records
    this.outboxTable = tables.outbox
    this.effectsTable = tables.effects
    this.lanes = new Map(roads.map((road) => [road.lane.name, resourcesOf(road)]))
    this.alarmTopic = alarms.topic
    this.apiUrl = api?.gateway.url
    this.#tables = tables
    this.#outputs = { stage, api, lanes: queues, relay, scheduler, alarms, dashboard, people }
  }

  /** The functions that run jobs, one per lane. What a job touches outside the records table is granted to them. */
  get consumers(): readonly LambdaFunction[] {
    return [...this.lanes.values()].map(({ consumer }) => consumer)
  }

  /**
   * Lets a function of yours commit changes with `outbox()` of `outbox-relay/client`: it may write the records table and
   * put into the outbox, and is told in its environment where they are.
   */
  grantCommit(fn: LambdaFunction): void {
    for (const grant of commitGrants(this.#tables)) fn.addToRolePolicy(statementOf(grant))
    for (const [name, value] of Object.entries(commitEnvironment(this, this.#tables))) fn.addEnvironment(name, value)
  }

  /** Adds outputs to the stack, by which a person and `outbox --stack <name>` find everything. Once per stack. */
  addOutputs(): void {
    addOutputs(Stack.of(this), this.#outputs)
  }
}

function resourcesOf({ queues: { queue, deadLetters }, consumer }: LaneConstruct): LaneResources {
  return { queue, deadLetters, consumer: consumer.lambda }
}

function existing({ api }: OutboxRelayProps) {
  return api ? { existing: api } : {}
}

/** @throws ConfigError */
function stageOf(scope: Construct, props: OutboxRelayProps): Stage {
  const { application, routes, stage = 'prod', name, recordsTable, api, alarmTopic, ...overrides } = props
  const prefix = name ?? Stack.of(scope).stackName
  if (Token.isUnresolved(prefix))
    throw new ConfigError('The name of the stack is known to CloudFormation only: give the outbox a `name`')
  return {
    ...stageWith(stage, overrides, prefix),
    modules: {
      application: pathOf(application.module),
      routes: routes === undefined ? ownModule('functions', 'api', 'no-routes') : pathOf(routes),
    },
  }
}
