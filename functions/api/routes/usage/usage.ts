/** Which metrics tell what the stack used, and at what price. */
import { type PricedItem, prices, usdOf } from '../../../../shared/lib/prices.ts'
import type { Monitored } from '../../../aws/monitor.ts'
import type { Series } from '../../../aws/series.ts'
import type { UsageItem } from './schemas.ts'

export type Metric = Pick<Series, 'namespace' | 'name' | 'dimensions'>

/** One line of the bill: the sum of some metrics, and what it is worth. */
export interface Cost {
  readonly metrics: readonly Metric[]
  readonly view: (sum: number) => UsageItem
}

export function costs(stack: Monitored): Cost[] {
  return [
    ...tableCosts(stack, 'ConsumedWriteCapacityUnits', 'dynamodbWrite', 'writes'),
    ...tableCosts(stack, 'ConsumedReadCapacityUnits', 'dynamodbRead', 'reads'),
    ...stack.queues.map(queueCost),
    ...functionCosts(stack),
    logCost(stack),
    apiCost(stack),
  ]
}

export function usdTotal(items: readonly UsageItem[]): number {
  return items.reduce((sum, { usd }) => sum + usd, 0)
}

function line(service: string, what: string, price: PricedItem, quantity: number): UsageItem {
  return { service, what, quantity, unit: prices.items[price].unit, usd: usdOf(price, quantity) }
}

function tableCosts({ tables }: Monitored, name: string, price: PricedItem, what: string): Cost[] {
  return tables.map(({ name: table, index }) => ({
    metrics: [
      {
        namespace: 'AWS/DynamoDB',
        name,
        dimensions: { TableName: table, ...(index ? { GlobalSecondaryIndexName: index } : {}) },
      },
    ],
    view: (sum) => line('DynamoDB', `${what}, ${table}${index ? ` (index ${index})` : ''}`, price, sum),
  }))
}

/** CloudWatch counts messages and SQS bills requests, of which one may carry ten messages: it is this much at most. */
function queueCost({ name, fifo }: Monitored['queues'][number]): Cost {
  const counted = [
    'NumberOfMessagesSent',
    'NumberOfMessagesReceived',
    'NumberOfEmptyReceives',
    'NumberOfMessagesDeleted',
  ]
  return {
    metrics: counted.map((metric) => ({ namespace: 'AWS/SQS', name: metric, dimensions: { QueueName: name } })),
    view: (sum) => line('SQS', `at most, ${name}`, fifo ? 'sqsFifo' : 'sqsStandard', sum),
  }
}

function functionCosts({ functions }: Monitored): Cost[] {
  const of = (name: string, metric: string): Metric => ({
    namespace: 'AWS/Lambda',
    name: metric,
    dimensions: { FunctionName: name },
  })
  return [
    {
      metrics: functions.map(({ name }) => of(name, 'Invocations')),
      view: (sum) => line('Lambda', 'invocations', 'lambdaRequest', sum),
    },
    ...functions.map(({ name, memoryMb }) => ({
      metrics: [of(name, 'Duration')],
      // The metric is in ms, and leaves out what a cold start takes before the handler.
      view: (ms: number) => line('Lambda', `compute, ${name}`, 'lambdaCompute', (ms / 1000) * (memoryMb / 1024)),
    })),
  ]
}

function logCost({ functions }: Monitored): Cost {
  return {
    metrics: functions.map(({ name }) => ({
      namespace: 'AWS/Logs',
      name: 'IncomingBytes',
      dimensions: { LogGroupName: `/aws/lambda/${name}` },
    })),
    view: (bytes) => line('CloudWatch Logs', 'ingested', 'logsIngested', bytes / 1e9),
  }
}

/** A request that the gateway lets pass invokes the function once, and those that it refuses are free. */
function apiCost({ api, apiType }: Monitored): Cost {
  return {
    metrics: [{ namespace: 'AWS/Lambda', name: 'Invocations', dimensions: { FunctionName: api } }],
    view: (sum) => line('API Gateway', 'requests', apiType === 'rest' ? 'restApi' : 'httpApi', sum),
  }
}
