import type { HttpApi, IHttpApi, IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Application } from '../shared/define/application.ts'
import type { StageConfig, StageName } from './config/config.ts'
import type { AnyTable } from './storage/tables.ts'

/** What an outbox is made of. Whatever is not given is as `stage` has it (infra/config/config.ts). */
export interface OutboxRelayProps extends Partial<StageConfig> {
  /** Jobs, lanes and schedules. Its module is bundled into the functions. */
  readonly application: Application
  /**
   * Path or `file:` URL of a module whose default export lists the routes of a business: they are served beside those
   * for the operators.
   * @default - the routes for the operators alone
   */
  readonly routes?: string
  /** Which defaults hold for everything that is not given here. @default 'prod' */
  readonly stage?: StageName
  /** What every physical name begins with; 1 to 23 letters, digits and `-`. @default - the name of the stack */
  readonly name?: string
  /**
   * The table in which the business keeps its records: what jobs and commands write in one transaction with the outbox.
   * Its keys are the texts `pk` and `sk`. Operators' actions are kept there too, under `pk = action`. For record types with
   * `listed` it needs a global secondary index `listed` with the text keys `_listed` and `pk`; it is given none.
   * @default - a table of its own
   */
  readonly recordsTable?: AnyTable
  /**
   * The API for operators, which the console and the command line speak to: `false` for none, or an HTTP API that is
   * there already.
   * @default - an API of its own
   */
  readonly api?: false | ExistingApi
  /** Where alarms go. CloudWatch must be allowed to publish there. @default - a topic of its own */
  readonly alarmTopic?: ITopic
}

/** An HTTP API that is there already, to which the routes are added under a path. */
export interface ExistingApi {
  readonly httpApi: IHttpApi | HttpApi
  /** `/` and at least one segment. @default '/outbox' */
  readonly path?: string
  /** @default - as `authorization` says */
  readonly authorizer?: IHttpRouteAuthorizer
}

/** What there is of a lane. */
export interface LaneResources {
  readonly queue: Queue
  readonly deadLetters: Queue
  /** Runs the jobs of the lane. */
  readonly consumer: LambdaFunction
}
