/** The names that examples in docstrings use without declaring them: the order business of an adopter. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Application, batchCounts, Command, JobContext, JobRequest, JobType, RecordType } from 'outbox-relay'
import type { Outbox } from 'outbox-relay/client'
import type { Executed, RouteServices } from 'outbox-relay/routes'
import type { ZodObject, ZodString, ZodType } from 'zod'

export interface NewOrder {
  readonly email: string
  readonly total: number
}

export interface Order extends NewOrder {
  readonly id: string
  readonly paidAt?: string | undefined
  readonly payments?: number | undefined
}

export declare const order: RecordType<Order, { readonly id: string }>
export declare const sendReceipt: JobType<ZodObject<{ orderId: ZodString; email: ZodString }>>
export declare const makeStatement: JobType<ZodObject<{ userId: ZodString; month: ZodString }>>
export declare const mailStatementReport: JobType<ZodObject<{ month: ZodString; batch: typeof batchCounts }>>
export declare const users: readonly { readonly id: string }[]
export declare const lastJobs: readonly JobRequest[]
export declare const members: JobContext['members']
export declare const [batchId, month]: readonly [string, string]
export declare const createOrder: Command<ZodType<NewOrder, NewOrder>, Order>
export declare const application: Application
export declare const orders: Outbox
export declare const execute: RouteServices['execute']
export declare const result: Extract<Executed<Order>, { kind: 'committed' | 'replayed' }>
export declare const body: NewOrder
export declare const [id, orderId, email, userId, idempotencyKey]: readonly [string, string, string, string, string]
export declare const total: number
export declare const [now, tomorrow]: readonly [Date, Date]
export declare const documents: DynamoDBDocumentClient
export declare const recordsTable: Table
export declare const httpApi: HttpApi
export declare const ordersFunction: LambdaFunction
