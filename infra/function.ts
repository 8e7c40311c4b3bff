import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env, metricsNamespace, resourceName } from '../shared/lib/names.ts'
import { type Grant, statementOf } from './access/grants.ts'
import { bundlingOf, describeBundle } from './bundling.ts'
import type { Stage } from './config/config.ts'
import { bundlingRoot, ownModule } from './paths.ts'

export interface OutboxFunctionProps {
  readonly stage: Stage
  /** Name within the stage: `consume-urgent`. */
  readonly name: string
  /** Folder under `functions/` whose `lambda.ts` exports `handler`. */
  readonly entry: 'api' | 'relay' | 'relay-ordered' | 'consume' | 'sweep' | 'schedule' | 'reconcile' | 'circuit-breaker'
  readonly timeoutSeconds: number
  readonly memoryMb: number
  /** Beside what every function gets: its stage, its metrics' namespace and service. */
  readonly environment: Readonly<Record<string, string>>
  /** All that the function may do. Writing its own logs, and traces where the stage traces, is added. */
  readonly grants: readonly Grant[]
  /** Where Lambda puts an event that the function failed on to the last; it may then send there. @default - dropped */
  readonly failedEvents?: IQueue
}

/** A Lambda function with a role of its own, a log group of its own, and nothing else that it may touch. */
export class OutboxFunction extends Construct {
  readonly name: string
  readonly functionName: string
  readonly memoryMb: number
  readonly lambda: NodejsFunction
  readonly logGroup: LogGroup

  constructor(scope: Construct, id: string, props: OutboxFunctionProps) {
    super(scope, id)
    const { stage } = props
    this.name = props.name
    const functionName = resourceName(stage, props.name)
    this.functionName = functionName
    this.memoryMb = props.memoryMb
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: stage.config.logRetentionDays as RetentionDays,
      removalPolicy: stage.config.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    this.logGroup = logGroup
    const role = this.#role(props.grants, logGroup)
    if (stage.config.tracing) acknowledgeTracing(role)
    const entry = ownModule('functions', props.entry, 'lambda')
    describeBundle(this, stage, functionName, entry)
    this.lambda = new NodejsFunction(this, 'Function', {
      functionName,
      entry,
      ...bundlingRoot(),
      bundling: bundlingOf(stage),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb,
      environment: { ...commonEnvironment(stage), ...props.environment },
      // Meant for SDK v2; v3 keeps connections by itself.
      awsSdkConnectionReuse: false,
      role,
      logGroup,
      // Lambda's own lines about an invocation that went well are 400 bytes, and tell nothing that is not measured.
      // Timeouts, crashes and failed starts are warnings.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel[stage.config.logLevel],
      ...(props.failedEvents ? { deadLetterQueue: props.failedEvents } : {}),
      tracing: stage.config.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    })
  }

  #role(grants: readonly Grant[], logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    const ownLogs: Grant = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: [logGroup.logGroupArn] }
    for (const grant of [...grants, ownLogs]) role.addToPolicy(statementOf(grant))
    return role
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
