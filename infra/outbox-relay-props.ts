import type { HttpApi, IHttpApi, IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Application } from '../shared/define/application.ts'
import type { StageConfig, StageName } from './config/stage-config.ts'
import type { AnyTable } from './storage/records-table.ts'

/** Properties of an outbox. Every property of `StageConfig` overrides the default of the `stage`. */
export interface OutboxRelayProps extends Partial<StageConfig> {
  /** Application with its jobs, lanes and schedules. Its module is bundled into the functions. */
  readonly application: Application
  /**
   * Path or `file:` URL of a module whose default export is a list of routes. The API serves them next to the operators'
   * routes.
   * @default - only the operators' routes
   */
  readonly routes?: string
  /**
   * Stage whose defaults apply.
   * @default 'prod'
   */
  readonly stage?: StageName
  /**
   * Prefix of every physical name: 1 to 23 letters, digits and hyphens, beginning with a letter.
   * @default - the name of the stack
   */
  readonly name?: string
  /**
   * Existing table of the records that jobs and commands write in one transaction with the outbox. Its keys must be the
   * strings `pk` and `sk`, and its TTL attribute `expiresAt`. The outbox also keeps operators' actions there, in partitions
   * that begin with `outbox-relay#`. If a record type is `listed`, the table needs a global secondary index `listed` with
   * the string keys `_listed` and `pk`; the outbox does not add it.
   * @default - a new table
   */
  readonly recordsTable?: AnyTable
  /**
   * API for operators, which the console and the command line call: `false` for no API, or an existing HTTP API.
   * @default - a new API
   */
  readonly api?: false | ExistingApi
  /**
   * Topic that alarms notify. CloudWatch must be allowed to publish to it.
   * @default - a new topic
   */
  readonly alarmTopic?: ITopic
}

/** An existing HTTP API, to which the operators' routes are added under a path. */
export interface ExistingApi {
  /** HTTP API to which the routes are added. */
  readonly httpApi: IHttpApi | HttpApi
  /**
   * Path of the routes: one or more segments, each of `A-Z a-z 0-9 . _ ~ -` after a slash, without a slash at the end.
   * @default '/outbox'
   */
  readonly path?: string
  /**
   * Authorizer of the routes. Callers with tokens need `viewerScope` or `operatorScope` for the routes of viewers and
   * operators: in the claim `scope` or `scp` of a token, or in `scope` of the context that a Lambda authorizer returns.
   * @default - an authorizer as `authorization` of the outbox says
   */
  readonly authorizer?: IHttpRouteAuthorizer
}

/** The resources of a lane. */
export interface LaneResources {
  /** Queue of the jobs. */
  readonly queue: Queue
  /** Dead-letter queue of the lane. */
  readonly deadLetters: Queue
  /** Function that runs the jobs. */
  readonly consumer: LambdaFunction
}
