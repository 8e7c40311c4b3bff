import { Duration, Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LayerVersion,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env, metricsNamespace, resourceName } from '../shared/lib/names.ts'
import { type Grant, statementOf, withTableKeys } from './access/grant.ts'
import { codeOf, describeBundle, type Entry } from './config/bundling.ts'
import { removalOf } from './config/removal.ts'
import type { Stage } from './config/stage-config.ts'
import { tracingOf } from './config/tracing.ts'
import type { OutboxContext } from './context.ts'
import type { Tables } from './storage/tables.ts'

export interface OutboxFunctionProps {
  /** Name within the stage, for example `consume-urgent`. */
  readonly name: string
  /** Folder under `functions/`. Its `lambda.ts` exports `handler`. */
  readonly entry: Entry
  /** Longest invocation in seconds, 1 to 900. */
  readonly timeoutSeconds: number
  /** Memory in MiB, 128 to 10,240. */
  readonly memoryMb: number
  /** Variables in addition to those of every function: its stage, and the namespace and service of its metrics. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * All permissions of the function, except to write its own logs and, where the stage traces, its traces, and to use the keys
   * of the tables that it touches.
   */
  readonly grants: readonly Grant[]
  /**
   * How long and how often Lambda tries an asynchronous event: age in seconds, 60 to 21,600, and 0 to 2 retries of a failed
   * invocation. Required for a function that a schedule or an alarm invokes: these only hand the event over to Lambda, whose
   * own defaults are 6 hours and 2 retries.
   * @default - no schedule or alarm invokes the function
   */
  readonly asyncInvoke?: { readonly maximumEventAgeSeconds: number; readonly retries: number }
  /**
   * Whether errors of the function set off an alarm of its own.
   * @default true
   */
  readonly alarmsOnErrors?: boolean
  /** Queue to which Lambda sends an event after the last failed try. @default - Lambda drops the event */
  readonly failedEvents?: IQueue
}

/** A Lambda function with its own role and log group, and an alarm for its errors. */
export class OutboxFunction extends Construct {
  readonly name: string
  readonly functionName: string
  readonly entry: Entry
  readonly memoryMb: number
  readonly lambda: LambdaFunction
  readonly logGroup: LogGroup

  constructor(
    scope: Construct,
    id: string,
    { stage, alarms, tables }: Pick<OutboxContext, 'stage' | 'alarms' | 'tables'>,
    props: OutboxFunctionProps,
  ) {
    super(scope, id)
    this.name = props.name
    this.functionName = resourceName(stage, props.name)
    this.entry = props.entry
    this.memoryMb = props.memoryMb
    this.logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${this.functionName}`,
      retention: stage.config.logRetentionDays as RetentionDays,
      removalPolicy: removalOf(stage),
    })
    this.lambda = this.#lambda(stage, tables, props)
    this.#limitEvents(props.asyncInvoke)
    if (props.alarmsOnErrors ?? true)
      alarms.add(this, 'function-errors', {
        values: { function: props.name },
        metric: (options) => this.lambda.metricErrors(options),
      })
  }

  #lambda(stage: Stage, tables: Tables, props: OutboxFunctionProps): LambdaFunction {
    const tracing = tracingOf(stage.config, props.entry)
    const role = this.#role(withTableKeys([...props.grants, ...tracing.grants], tables.arns))
    if (stage.config.tracing || tracing.grants.length > 0) acknowledgeTracing(role)
    describeBundle(this, stage, this.functionName, props.entry)
    return new LambdaFunction(this, 'Function', {
      functionName: this.functionName,
      code: codeOf(stage, props.entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb,
      environment: { ...commonEnvironment(stage), ...props.environment, ...tracing.environment },
      layers: tracing.layers.map((arn) => LayerVersion.fromLayerVersionArn(this, 'OtelLayer', arn)),
      role,
      logGroup: this.logGroup,
      ...logging(stage),
      deadLetterQueue: props.failedEvents,
      tracing: stage.config.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    })
  }

  #limitEvents(asyncInvoke: OutboxFunctionProps['asyncInvoke']): void {
    if (!asyncInvoke) return
    this.lambda.configureAsyncInvoke({
      maxEventAge: Duration.seconds(asyncInvoke.maximumEventAgeSeconds),
      retryAttempts: asyncInvoke.retries,
    })
  }

  #role(grants: readonly Grant[]): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    const ownLogs = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: [this.logGroup.logGroupArn] }
    for (const grant of [...grants, ownLogs]) role.addToPolicy(statementOf(grant))
    return role
  }
}

/**
 * Lambda's own lines about a successful invocation are 400 bytes and hold nothing that is not a metric, so its level is
 * WARN. Timeouts, crashes and failed starts are warnings.
 */
function logging({ config }: Stage) {
  return {
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    applicationLogLevelV2: ApplicationLogLevel[config.logLevel],
  }
}

function acknowledgeTracing(role: Role): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray has no resources to name: xray:PutTraceSegments and xray:PutTelemetryRecords take * only.',
  })
}

function commonEnvironment(stage: Stage): Record<string, string> {
  return {
    [env.stage]: stage.name,
    POWERTOOLS_SERVICE_NAME: stage.prefix,
    POWERTOOLS_METRICS_NAMESPACE: metricsNamespace,
  }
}
