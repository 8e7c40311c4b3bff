/** What a job costs: what each step was metered to use, times the price list, for a load. Pure. */
import { accessLogFields } from '../../../../infra/api/access-log.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import { type PricedItem, usdOf } from '../../../../shared/lib/prices.ts'
import { checksPerJob } from '../../../../shared/recovery/reconcile-checks.ts'
import type { Metered } from '../measure/meter.ts'

/** What is asked of the stack. */
export interface Load {
  readonly jobsPerSecond: number
  /** KB of an outbox item. */
  readonly size: number
  /** Attempts that fail, as a share of the jobs. */
  readonly retries: number
  /** Share of the jobs on each lane; `ordered` is FIFO, the others are standard. */
  readonly lanes: Readonly<Record<string, number>>
  /** Jobs in one request to the API. */
  readonly jobsPerRequest: number
  /** Every batch full, whatever the rate. */
  readonly fullBatches: boolean
  /** Write units in the API's transaction for the record that comes with a job; 0 for a job alone. */
  readonly recordUnits: number
  /** Whether the stage traces its functions. @default false */
  readonly tracing?: boolean
  /** Whether the stage has the index of all jobs. @default false */
  readonly jobIndex?: boolean
}

/** One line of the bill: USD a million jobs. */
export interface Line {
  readonly service: string
  readonly what: string
  /** Per job. */
  readonly quantity: number
  readonly unit: string
  readonly usd: number
}

/** What AWS takes per call, ms: the meter knows calls and CPU, but not AWS. Published and measured medians, rounded up. */
export const awsMs = { transaction: 10, write: 5, sqs: 8, page: 30 } as const
/** MB that come with one vCPU: less memory, and the same work takes longer. */
const mbPerCpu = 1_769
const memory = { api: 512, relay: 512, consumer: 256, reconciler: 512 } as const
const MILLION = 1_000_000

/** The stream is read four times a second, by four invocations side by side; a batch holds what came meanwhile. */
export function fullness({ jobsPerSecond, fullBatches }: Load): { readonly relay: number; readonly sqs: number } {
  if (fullBatches) return { relay: 100, sqs: 10 }
  const relay = Math.min(100, Math.max(1, jobsPerSecond / 16))
  return { relay, sqs: Math.min(10, relay) }
}

/** The bill of a load, per million jobs. */
export function bill(metered: Metered, load: Load): Line[] {
  const blocks = Math.max(1, Math.ceil(load.size))
  const { relay, sqs } = fullness(load)
  const fifo = load.lanes.ordered ?? 0
  const standard = Math.max(0, 1 - fifo)
  const requests = 1 / load.jobsPerRequest
  // The claim and the completion do not grow with the job; its outbox item does.
  const writes = {
    accept: metered.accept.writeUnits * blocks + load.recordUnits,
    consume: metered.consume.writeUnits,
    retry: metered.retry.writeUnits * load.retries,
  }
  const sends = 1 / sqs
  const takes = metered.consume.sqsRequests * (10 / sqs) + metered.retry.sqsRequests * load.retries
  return [
    line('API', 'HTTP API request', 'httpApi', requests),
    line('Lambda', 'api', 'lambdaRequest', requests),
    line('Lambda', 'api', 'lambdaCompute', requests * gbSeconds('api', metered.accept.cpuMs, awsMs.transaction)),
    line('DynamoDB', 'record and outbox item, one transaction', 'dynamodbWrite', writes.accept),
    ...(load.jobIndex ? [line('DynamoDB', 'entry in the index of all jobs', 'dynamodbWrite', 1)] : []),
    line('Lambda', 'relay', 'lambdaRequest', 1 / relay),
    line('Lambda', 'relay', 'lambdaCompute', gbSeconds('relay', metered.relay.cpuMs * relay, awsMs.sqs) / relay),
    line('SQS', 'send, receive, change visibility, delete', 'sqsStandard', (sends + takes) * standard),
    ...(fifo > 0 ? [line('SQS', 'the same on the ordered lane', 'sqsFifo', (sends + takes) * fifo)] : []),
    line('Lambda', 'consumer', 'lambdaRequest', (1 + load.retries) / sqs),
    line(
      'Lambda',
      'consumer, without the work of the job',
      'lambdaCompute',
      (gbSeconds('consumer', metered.consume.cpuMs * sqs, 2 * awsMs.write) / sqs) * (1 + load.retries),
    ),
    line('DynamoDB', 'claim and completion', 'dynamodbWrite', writes.consume),
    ...(load.retries > 0 ? [line('DynamoDB', 'retries', 'dynamodbWrite', writes.retry)] : []),
    line('DynamoDB', 'reconciler', 'dynamodbRead', reconcilerUnits(metered, load)),
    line('Lambda', 'reconciler', 'lambdaCompute', reconcilerGbSeconds(metered, load)),
    ...(load.tracing ? [line('X-Ray', 'traces of API, relay and consumer', 'xrayTrace', tracesPerJob(load))] : []),
    line('Logs', 'access log, function logs, metrics', 'logsIngested', logBytes(metered, requests) / 1e9),
  ]
}

/** X-Ray records the first invocation of a function in each second, and 5 % of the others. Each invocation is a trace. */
function tracesPerJob(load: Load): number {
  const { jobsPerSecond, jobsPerRequest, retries } = load
  const { relay, sqs } = fullness(load)
  const recorded = (perSecond: number) => Math.min(perSecond, 1 + 0.05 * (perSecond - 1))
  const invocations = [jobsPerSecond / jobsPerRequest, jobsPerSecond / relay, (jobsPerSecond * (1 + retries)) / sqs]
  return invocations.reduce((sum, perSecond) => sum + recorded(perSecond), 0) / jobsPerSecond
}

/** How often an item is read: once a day. */
const outboxDays = lifetimes.outbox / 86_400

/** Read units of the reconciler over the life of an outbox item: read every day, asked for at each check. */
function reconcilerUnits({ read, look }: Metered, { size }: Load): number {
  const grown = Math.max(1, size / 0.5)
  return outboxDays * read.readUnits * grown + checksPerJob * (look.readUnits - read.readUnits)
}

/** What a page of a scan holds, and how many effects are asked for in one call. */
const [pageKb, askedAtOnce] = [1024, 100]

/** The same passes, as compute; what its function takes with nothing to read is in monthly.ts. */
function reconcilerGbSeconds({ read, look }: Metered, { size }: Load): number {
  const toRead = gbSeconds('reconciler', read.cpuMs, awsMs.page * (Math.max(size, 0.5) / pageKb))
  const toAsk = gbSeconds('reconciler', look.cpuMs - read.cpuMs, awsMs.transaction / askedAtOnce)
  return outboxDays * toRead + checksPerJob * toAsk
}

/** A line of the access log, as a gateway fills it in. Not metered: there is none on this machine. */
const typical: Readonly<Record<string, string>> = {
  requestId: 'JKJaXmPLvHcESHA=',
  ip: '203.0.113.77',
  caller: 'arn:aws:sts::123456789012:assumed-role/orders-service/i-0123456789abcdef0',
  method: 'POST',
  path: '/orders',
  status: '201',
  ms: '23',
  integrationMs: '21',
}
const accessLine = Object.keys(accessLogFields({ authorization: 'iam' })).map((name) => [name, typical[name] ?? '-'])
/** Bytes. CloudWatch adds 26 to each line. */
export const accessLogBytes = JSON.stringify(Object.fromEntries(accessLine)).length + 26

function logBytes(metered: Metered, requests: number): number {
  return (
    // Lambda itself logs only what went wrong.
    requests * (accessLogBytes + metered.accept.logBytes) + metered.relay.logBytes + metered.consume.logBytes
  )
}

export function gbSeconds(fn: keyof typeof memory, cpuMs: number, waitMs: number): number {
  const seconds = (cpuMs * (mbPerCpu / memory[fn]) + waitMs) / 1000
  return (memory[fn] / 1024) * seconds
}

function line(service: string, what: string, item: PricedItem, quantity: number): Line {
  return { service, what, quantity, unit: unitOf[item] ?? item, usd: usdOf(item, quantity * MILLION) }
}

const unitOf: Partial<Record<PricedItem, string>> = {
  httpApi: 'requests',
  lambdaRequest: 'invocations',
  lambdaCompute: 'GB-s',
  dynamodbWrite: 'write units',
  dynamodbRead: 'read units',
  sqsStandard: 'requests',
  sqsFifo: 'requests',
  logsIngested: 'GB',
  pipes: 'requests',
  xrayTrace: 'traces',
  durableFunctions: 'operations',
  stepFunctionsStandard: 'transitions',
}

export const sumOf = (lines: readonly Pick<Line, 'usd'>[]) => lines.reduce((sum, { usd }) => sum + usd, 0)

export function writeUnitsOf(lines: readonly Line[]): number {
  return lines.filter(({ unit }) => unit === 'write units').reduce((sum, { quantity }) => sum + quantity, 0)
}

/** One order with one job, at full batches: the load that systems are compared by. */
export function oneOrder({ order, accept }: Metered): Load {
  // An order brings two jobs; what is left of its units is its own.
  return {
    jobsPerSecond: 1_000,
    size: 0.5,
    retries: 0,
    lanes: { default: 1 },
    jobsPerRequest: 1,
    fullBatches: true,
    recordUnits: order.writeUnits - 2 * accept.writeUnits,
  }
}

export interface Peer {
  readonly name: string
  readonly lines: readonly Line[]
  /** What it does not promise, or why it costs more. */
  readonly but: string
}

/** The same order by other means. */
export function peers(metered: Metered): Peer[] {
  const own = bill(metered, oneOrder(metered))
  const of = (...services: string[]) => own.filter(({ what }) => services.includes(what))
  const front = of('HTTP API request', 'api')
  const work = of('consumer', 'consumer, without the work of the job')
  const logs = own.filter(({ service }) => service === 'Logs')
  const plainPut = line(
    'DynamoDB',
    'the record, a plain put',
    'dynamodbWrite',
    1 + (metered.order.writeUnits - 2 * metered.accept.writeUnits - 2),
  )
  const guard = line('DynamoDB', 'idempotency record, twice', 'dynamodbWrite', metered.powertools.writeUnits)
  const queue = (send: number) =>
    line('SQS', 'send, receive, delete', 'sqsStandard', send + metered.powertools.sqsRequests)
  const atomic = of('record and outbox item, one transaction')
  const extra = Math.max(0, metered.marked.writeUnits - metered.accept.writeUnits)
  return [
    { name: 'Outbox Relay', lines: own, but: '' },
    {
      name: 'outbox with a mark for sent items and an index of the others',
      lines: [
        ...own.filter(({ what }) => what !== 'reconciler'),
        line('DynamoDB', 'index entry, mark, index entry removed', 'dynamodbWrite', extra),
      ],
      but: 'the same promise, without a reconciler, for three more write units',
    },
    {
      name: 'no outbox: send after the put, Powertools idempotency',
      lines: [...front, plainPut, queue(1), ...work, guard, ...logs],
      but: 'cheaper, without the promise: a crash between put and send loses the job, nobody finds it, and the guard forgets after an hour',
    },
    {
      name: 'outbox, EventBridge Pipes, Powertools idempotency',
      lines: [...front, ...atomic, line('Pipes', 'an event each', 'pipes', 1), queue(0.1), ...work, guard, ...logs],
      but: 'no reconciler; a pipe has no order with parallelism and no delay per job, and survives at most 24 h of failures',
    },
    {
      name: 'Lambda durable functions',
      lines: [
        ...front,
        plainPut,
        line('Lambda', 'durable: start and one step', 'durableFunctions', 2),
        line('Lambda', 'worker', 'lambdaRequest', 1),
        ...of('consumer, without the work of the job'),
        ...logs,
      ],
      but: 'the record and the start are two calls; made for long workflows, which need far less code there',
    },
    {
      name: 'Step Functions, Standard',
      lines: [
        ...front,
        plainPut,
        line('Step Functions', 'start and one task', 'stepFunctionsStandard', 2),
        line('Lambda', 'worker', 'lambdaRequest', 1),
        ...of('consumer, without the work of the job'),
        ...logs,
      ],
      but: 'the record and the start are two calls; draws and audits every step',
    },
  ]
}
