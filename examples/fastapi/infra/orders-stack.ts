import { CfnOutput, Stack } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { OutboxRelay, type StageName } from 'outbox-relay/cdk'
import application from '../outbox/application.ts'

/** The table of the service, the outbox, and the role with which the service writes to both. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, { stage }: { readonly stage: StageName }) {
    super(scope, id)
    const orders = new Table(this, 'Orders', {
      tableName: `${id}-orders`,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
    })
    const outbox = new OutboxRelay(this, 'Outbox', { application, stage, recordsTable: orders })
    outbox.addOutputs()
    for (const consumer of outbox.consumers)
      consumer.addEnvironment('SERVICE_URL', process.env.SERVICE_URL ?? 'http://localhost:8000')

    const service = new Role(this, 'Service', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })
    orders.grant(service, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem')
    outbox.outboxTable.grant(service, 'dynamodb:PutItem')
    new CfnOutput(this, 'ServiceRole', { value: service.roleArn, description: 'Role of the service' })
  }
}
