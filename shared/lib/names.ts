/** Names that infra/ writes and functions/ read. Kept in one place, so that neither can drift from the other. */
import type { Lane } from '../define/lane.ts'

/** Environment variables of the functions. */
export const env = {
  stage: 'STAGE',
  recordsTable: 'RECORDS_TABLE',
  outboxTable: 'OUTBOX_TABLE',
  effectsTable: 'EFFECTS_TABLE',
  /** JSON: `{records, outbox, effects}`, names of tables; for functions of the adopter's own. */
  clientTables: 'OUTBOX_RELAY_TABLES',
  /** URL of one queue of the stage. The URLs of all others differ in their last segment, the name. */
  queueUrl: 'QUEUE_URL',
  /** Name of the lane; only consumers have it. */
  lane: 'LANE',
  /** JSON: `{[kind]: names of lanes}`; only the relays have it, which do not load the application. */
  lanes: 'LANES',
  relayFailuresUrl: 'RELAY_FAILURES_URL',
  /** Queue of the timers that release jobs of ordered lanes; absent where there is no such lane. */
  timersUrl: 'TIMERS_URL',
  /**
   * UUIDs of the event source mappings of lanes, separated by commas, in the order of the application's lanes. Names would
   * not fit: Lambda takes 4 KB of environment.
   */
  mappings: 'MAPPINGS',
  /** `/outbox` where the API is part of another one. */
  apiPath: 'API_PATH',
  /** Name of the function `reconcile`; only the API has it. */
  reconcileFunction: 'RECONCILE_FUNCTION',
  /** JSON: `{[name within the stage]: memory in MiB}` of each function that is not a consumer; only the API has it. */
  functions: 'FUNCTIONS',
  /** `http` or `rest`: the type of the API in API Gateway. */
  apiType: 'API_TYPE',
  /** `iam`, `jwt` or `none`: how the gateway verifies who calls. */
  authorization: 'AUTHORIZATION',
  /** JSON: `{viewer, operator}`, scopes of tokens; absent where the stage has none. */
  scopes: 'SCOPES',
  /** From address of mails; absent where no sender is configured, then mails are logged. */
  mailSender: 'MAIL_SENDER',
  /** ARN of the KMS key of secrets; absent where the stage has none, then none can be stored. */
  secretsKey: 'SECRETS_KEY',
  /** `true` where the stage has the index of all jobs; only the API has it. */
  jobIndex: 'JOB_INDEX',
  /** `true` where the stage has the diagnostic `probe` job. */
  probes: 'PROBES',
  /** `true` where jobs may post to private addresses and over plain http; set on stage `local` only. */
  allowPrivateWebhooks: 'ALLOW_PRIVATE_WEBHOOKS',
  /** URL to which spans are exported, without `/v1/traces`; only where the stage exports them. OpenTelemetry's own name. */
  otlpEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  /** Share of the traces that begin in the stack which is exported, 0 to 1. OpenTelemetry's own name. */
  otelSampleRatio: 'OTEL_TRACES_SAMPLER_ARG',
  /** `true` where the traces of jobs are exported to X-Ray; only the API has it. */
  tracesInXRay: 'TRACES_IN_XRAY',
} as const

/** Name within the stage of the alarm of a lane's circuit breaker. */
export function breakerAlarm(lane: string): string {
  return `${lane}-circuit-breaker`
}

/** Sparse index of the effects table: only failing jobs are in it. */
export const failingIndex = { name: 'failing', partitionKey: 'failing', sortKey: 'failingAt' } as const

/** Sparse index of the effects table: only batches are in it. Its entries are keys alone, for a batch changes often. */
export const batchIndex = { name: 'batches', partitionKey: 'batches', sortKey: 'batchesAt', keysOnly: true } as const

/**
 * Sparse index of the outbox table: only items that wait for their time are in it, on a standard lane those whose time is
 * beyond the reach of SQS's delay: a first run, or a retry. An entry has what a release needs: the payload of an item is not
 * written twice.
 */
export const dueIndex = { name: 'due', partitionKey: 'due', sortKey: 'dueAt', also: ['lane', 'debounced'] } as const

/**
 * Index of all jobs, of the outbox table; only where the stage has it (`jobIndex`). It has what no release and no mark changes, so
 * that an item costs one write of it and no more.
 */
export const jobIndex = {
  name: 'jobs',
  partitionKey: 'listed',
  sortKey: 'listedAt',
  also: ['type', 'lane'],
} as const

/**
 * Local sparse index of the outbox table: of each group of an ordered lane the jobs that wait, or were released lately.
 * It is read as of the last write. Items of one group stay together in DynamoDB because of it, and so in the stream.
 */
export const turnIndex = { name: 'turn', sortKey: 'turn', also: ['lane', 'runAt', 'createdAt', 'seq'] } as const

/**
 * The name in the encryption context of a secret that the API seals a second time, for a retry of the request with the same
 * key. Only the API may open a secret whose context has it, and a consumer only a secret whose context does not.
 */
export const idempotentRetry = 'idempotentRetry'

/** Sparse index of the records table: only records whose type says in which list they stand are in it. */
export const listIndex = { name: 'listed', partitionKey: '_listed', sortKey: 'pk' } as const

/** Instruction for the owner of a records table without that index. */
export const giveListIndex = `give it a global secondary index of that name, with the text keys ${listIndex.partitionKey} and ${listIndex.sortKey}`

/** Namespace of the metrics that the functions write. */
export const metricsNamespace = 'OutboxRelay'

/** Metrics of jobs that the functions write, per lane and type; `unrelayed` also over all of them. */
export const metricNames = [
  'accepted',
  'forwarded',
  'started',
  'succeeded',
  'duplicate',
  'cancelled',
  'busy',
  'fenced',
  'retrying',
  'throttled',
  'limited',
  'dead',
  /** Of a lane with a circuit breaker: 0 if jobs succeeded, and of each job that failed the number of its tenant. */
  'outcomes',
  'unrelayed',
  /** From accepted to forwarded, in ms. */
  'forwardLatency',
  /** From accepted to succeeded, in ms. */
  'endToEndLatency',
] as const
export type MetricName = (typeof metricNames)[number]

/** Name of the stack of a stage. */
export function stackName(stage: string): string {
  return `OutboxRelay-${stage}`
}

/** `OutboxRelay-dev-outbox`: one pattern for every table, queue and function. */
export function resourceName({ prefix }: { readonly prefix: string }, name: string): string {
  return `${prefix}-${name}`
}

/** Name of a lane's queue, or of its dead-letter queue. SQS knows a FIFO queue by how its name ends. */
export function queueName(
  stage: { readonly prefix: string },
  { name, kind }: Pick<Lane, 'name' | 'kind'>,
  which: '' | '-dlq' = '',
): string {
  return resourceName(stage, `${name}${which}${kind === 'ordered' ? '.fifo' : ''}`)
}

/** Name within the stage of the function that runs the jobs of a lane. */
export function consumerName(lane: string): string {
  return `consume-${lane}`
}

/** Queues of the stack that only people read, next to the dead-letter queues of its lanes. */
export const failureQueues = ['relay-failures', 'schedule-failures'] as const

/**
 * Two lanes whose queues or outputs would have one name; `undefined` if there are none. Queues of both kinds count as
 * one: a lane may change its kind.
 */
export function laneCollision(lanes: readonly Pick<Lane, 'name'>[]): string | undefined {
  const owners = new Map<string, string>(failureQueues.map((name) => [name, 'the stack itself']))
  for (const { name } of lanes) {
    for (const queue of [name, `${name}-dlq`]) {
      const owner = owners.get(queue)
      if (owner) return `Lane "${name}" needs a queue "${queue}", which is one of ${owner}: rename the lane.`
      owners.set(queue, `lane "${name}"`)
    }
  }
  return outputCollision(lanes)
}

/** Names of outputs of a stack have no hyphens. */
function outputCollision(lanes: readonly Pick<Lane, 'name'>[]): string | undefined {
  const seen = new Map<string, string>()
  for (const { name } of lanes) {
    const bare = name.replaceAll('-', '')
    const other = seen.get(bare)
    if (other !== undefined && other !== name)
      return `Lanes "${other}" and "${name}" differ only in hyphens: rename one.`
    seen.set(bare, name)
  }
  return undefined
}

/** Names within the stage of the schedules of the stack itself, next to those of the application. */
export const ownSchedules = ['sweep', 'reconcile'] as const

/** Start of the keys of all items of batches, in the effects table. No job id has the shape. */
export const batchItems = 'batch#'

/** Start of the keys of all items of unique keys, in the effects table. No job id has the shape. */
export const uniqueItems = 'unique#'

/** Key of the item of a unique key. */
export function uniqueItemKey(type: string, key: string): string {
  return `${uniqueItems}${type}#${key}`
}
