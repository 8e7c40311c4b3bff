import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { BookingsStack } from './bookings-stack.ts'

const app = new App()
const stage = app.node.tryGetContext('stage') ?? 'dev'
new BookingsStack(app, `Bookings-${stage}`, { stage })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
