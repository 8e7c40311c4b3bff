import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import application from '../app/application.ts'
import { registryOf } from '../shared/application.ts'
import { lifetimes } from '../shared/lifetimes.ts'
import { Alarms } from './alarms.ts'
import { Api } from './api.ts'
import type { Stage } from './config.ts'
import { Dashboard } from './dashboard.ts'
import { LaneConstruct } from './lane.ts'
import { addOutputs } from './outputs.ts'
import { Reconciler } from './reconciler.ts'
import { Relay } from './relay.ts'
import { checkRules } from './rules.ts'
import { Scheduler } from './scheduler.ts'
import { Schedules } from './schedules.ts'
import { Sweeper } from './sweeper.ts'
import { Tables } from './tables.ts'

export interface OutboxRelayStackProps extends StackProps {
  readonly stage: Stage
}

/** Everything of one stage: the tables, a road per lane, the relay that feeds them, what comes by the clock, and the API in front. */
export class OutboxRelayStack extends Stack {
  /** @throws ConfigError, or DefinitionError from app/, when parts of the system do not fit together */
  constructor(scope: Construct, id: string, props: OutboxRelayStackProps) {
    super(scope, id, { ...props, terminationProtection: props.stage.config.keepData })
    const { stage } = props
    const { lanes, schedules } = application
    const { jobs } = registryOf(application, stage.config)
    checkRules({ lifetimes, lanes, jobs: [...jobs.values()], schedules })

    const alarms = new Alarms(this, 'Alarms', { stage })
    const tables = new Tables(this, 'Tables', { stage })
    const roads = lanes.map((lane) => new LaneConstruct(this, `Lane-${lane.name}`, { stage, lane, tables, alarms }))
    const queues = roads.map((road) => road.queues)
    const relay = new Relay(this, 'Relay', { stage, tables, lanes: queues, alarms })
    const scheduler = new Scheduler(this, 'Scheduler', { stage, alarms })
    const parts = { stage, tables, lanes: queues, scheduler, alarms }
    new Sweeper(this, 'Sweeper', parts)
    const reconciler = new Reconciler(this, 'Reconciler', parts)
    new Schedules(this, 'Schedules', { stage, schedules, tables, scheduler, alarms })
    const api = new Api(this, 'Api', { stage, tables, lanes: roads, reconciler, alarms })
    const dashboard = new Dashboard(this, 'Dashboard', {
      stage,
      alarms,
      lanes: roads,
      relay,
      scheduler,
      reconciler,
      api,
    })
    addOutputs(this, { stage, api, lanes: queues, relay, scheduler, alarms, dashboard })
  }
}
