import { App } from 'aws-cdk-lib'
import { OrdersStack } from './orders-stack.ts'

const app = new App()
const stage = app.node.tryGetContext('stage') ?? 'dev'
new OrdersStack(app, `Orders-${stage}`, { stage })
