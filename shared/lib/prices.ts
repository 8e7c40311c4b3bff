/** The price list of AWS that the API's usage and the cost model read. */

/** The price of `per` of a `unit`, in USD. */
export interface Price {
  readonly usd: number
  readonly per: number
  readonly unit: string
}

const MILLION = 1_000_000

/**
 * On-demand list prices without free tiers, volume discounts or taxes. The one place where a price stands: the API's
 * `/usage` and the cost model read it, so a new price list is a new version of this file.
 */
export const prices = {
  region: 'us-east-1',
  date: '2026-11',
  items: {
    dynamodbWrite: { usd: 0.625, per: MILLION, unit: 'write unit' },
    dynamodbRead: { usd: 0.125, per: MILLION, unit: 'read unit' },
    dynamodbStorage: { usd: 0.25, per: 1, unit: 'GB-month' },
    /** Point-in-time recovery, on top. */
    dynamodbRestore: { usd: 0.2, per: 1, unit: 'GB-month' },
    /** A request is 64 KiB or less; the same for the next three. */
    sqsStandard: { usd: 0.4, per: MILLION, unit: 'request' },
    sqsFifo: { usd: 0.5, per: MILLION, unit: 'request' },
    /** On top, for requests with a MessageGroupId on a standard queue. */
    sqsFair: { usd: 0.1, per: MILLION, unit: 'request' },
    lambdaRequest: { usd: 0.2, per: MILLION, unit: 'invocation' },
    /** arm64. Initialisation is billed too. */
    lambdaCompute: { usd: 13.3334, per: MILLION, unit: 'GB-second' },
    /** 512 KB or less each. */
    httpApi: { usd: 1, per: MILLION, unit: 'request' },
    restApi: { usd: 3.5, per: MILLION, unit: 'request' },
    scheduler: { usd: 1, per: MILLION, unit: 'invocation' },
    pipes: { usd: 0.4, per: MILLION, unit: 'request' },
    durableFunctions: { usd: 8, per: MILLION, unit: 'operation' },
    stepFunctionsStandard: { usd: 25, per: MILLION, unit: 'state transition' },
    sesMail: { usd: 0.1, per: 1_000, unit: 'mail' },
    logsIngested: { usd: 0.5, per: 1, unit: 'GB' },
    /** Up to the first 10,000 of an account; prorated by the hour in which it got data. */
    cloudwatchMetric: { usd: 0.3, per: 1, unit: 'custom metric and month' },
    /** For each metric that an alarm looks at. */
    cloudwatchAlarm: { usd: 0.1, per: 1, unit: 'alarm metric and month' },
    /** Beyond the first three of an account. */
    cloudwatchDashboard: { usd: 3, per: 1, unit: 'dashboard and month' },
    kmsKey: { usd: 1, per: 1, unit: 'key and month' },
    /** A trace that X-Ray records. */
    xrayTrace: { usd: 5, per: MILLION, unit: 'trace' },
    cloudwatchGetMetricData: { usd: 0.01, per: 1_000, unit: 'metric requested' },
  },
} as const satisfies { region: string; date: string; items: Readonly<Record<string, Price>> }

export type PricedItem = keyof typeof prices.items

/** The cost of a quantity, in USD. */
export function usdOf(item: PricedItem, quantity: number): number {
  const { usd, per } = prices.items[item]
  return (quantity / per) * usd
}
