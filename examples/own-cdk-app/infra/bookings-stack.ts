import { fileURLToPath } from 'node:url'
import { Stack, Validations } from 'aws-cdk-lib'
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { OutboxRelay, type StageName } from 'outbox-relay/cdk'
import application from '../outbox/application.ts'

/** A service that was there before the outbox: a table, an HTTP API, a function, a topic for alarms. */
export class BookingsStack extends Stack {
  constructor(scope: Construct, id: string, { stage }: { readonly stage: StageName }) {
    super(scope, id)
    const table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    })
    const alarmTopic = new Topic(this, 'OnCall', { enforceSSL: true })
    const httpApi = this.#api()
    const createBooking = new NodejsFunction(this, 'CreateBooking', {
      entry: fileURLToPath(import.meta.resolve('../api/create-booking.ts')),
      runtime: Runtime.NODEJS_24_X,
      bundling: { format: OutputFormat.ESM, mainFields: ['module', 'main'], externalModules: [] },
    })
    httpApi.addRoutes({
      path: '/bookings',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('CreateBookingIntegration', createBooking),
      authorizer: stage === 'local' ? new HttpNoneAuthorizer() : new HttpIamAuthorizer(),
    })

    // All that is new.
    const outbox = new OutboxRelay(this, 'Outbox', {
      application,
      stage,
      recordsTable: table,
      api: { httpApi },
      alarmTopic,
    })
    outbox.grantCommit(createBooking)
    outbox.addOutputs()

    this.#acknowledge(createBooking, stage)
  }

  #api(): HttpApi {
    const httpApi = new HttpApi(this, 'Api', { createDefaultStage: false })
    const logs = new LogGroup(this, 'ApiLogs', { retention: RetentionDays.TWO_WEEKS })
    new HttpStage(this, 'ApiStage', {
      httpApi,
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(logs) },
    })
    return httpApi
  }

  #acknowledge(createBooking: NodejsFunction, stage: StageName): void {
    Validations.of(createBooking).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason: 'This function was there before, with the role that the CDK gives every function.',
    })
    if (stage === 'local')
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'The stage local runs on one machine only.',
      })
  }
}
