import { join } from 'node:path'
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import * as cdk from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { OutboxRelay } from 'outbox-relay/cdk'
import application from './outbox/application'

export class ShopStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props)
    const httpApi = new HttpApi(this, 'Api')
    const createOrder = new NodejsFunction(this, 'CreateOrder', {
      entry: join(__dirname, '../lambda/create-order.ts'),
      runtime: Runtime.NODEJS_24_X,
    })
    httpApi.addRoutes({
      path: '/orders',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('CreateOrder', createOrder),
    })
    const outbox = new OutboxRelay(this, 'Outbox', {
      application,
      stage: this.node.tryGetContext('stage') ?? 'dev',
      api: { httpApi },
    })
    outbox.grantCommit(createOrder)
    outbox.addOutputs()
  }
}
