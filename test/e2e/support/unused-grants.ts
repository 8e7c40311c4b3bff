/**
 * Grants that the suite never uses, but that are needed. docs/maintainers/unused-grants.md shows these as a table, and
 * test/unit/security-docs.test.ts compares the two.
 */
import type { Grant } from './permissions.ts'

export interface Exception {
  readonly action: string
  /** The resource in short: `records`, `bulk-dlq`, `mapping of urgent`. */
  readonly on: string
  /** The functions. */
  readonly of: readonly string[]
  readonly because: string
}

const anyLane = 'a job on any lane may do this; the sample does it on other lanes'
const anyDebounced = 'a job on any lane may return debounced jobs; those of the sample do not'
const anyBatch =
  'a job on any lane may be a member of a batch, or return batches or unique jobs; the suite has other lanes'
const onlyOldBatches = 'the reconciler completes batches that are an hour old; the suite has none'
const anyWait = 'a retry on any standard lane may wait for long; the suite has one on another lane'
const anyRoute = 'a route may update or list records; the routes of the sample do not'
const anyJob = 'a job of any lane may get lost; the suite loses jobs of other lanes'
const anyOperator = 'operators can pause every lane; the suite pauses other lanes'
const onlyFaults = 'messages that fail permanently go there; the suite has none'
const onlyLarge = 'a run starts another when the outbox takes longer than a minute to read'
const mapping = 'Lambda does not create an event source mapping without it; the local pollers do not need it'

export const exceptions: readonly Exception[] = [
  { action: 'dynamodb:GetItem', on: 'records', of: ['consume-default', 'consume-ordered'], because: anyLane },
  { action: 'dynamodb:PutItem', on: 'records', of: ['consume-ordered'], because: anyLane },
  { action: 'dynamodb:Query', on: 'records', of: ['consume-urgent', 'consume-ordered'], because: anyLane },
  {
    action: 'dynamodb:DeleteItem',
    on: 'records',
    of: ['consume-urgent', 'consume-default', 'consume-bulk', 'consume-ordered'],
    because: anyLane,
  },
  {
    action: 'dynamodb:Query',
    on: 'records/index/listed',
    of: ['consume-urgent', 'consume-default', 'consume-ordered'],
    because: anyLane,
  },
  { action: 'dynamodb:PutItem', on: 'outbox', of: ['consume-urgent', 'consume-ordered'], because: anyLane },
  ...['GetItem', 'ConditionCheckItem'].map((action) => ({
    action: `dynamodb:${action}`,
    on: 'effects',
    of: ['consume-urgent', 'consume-ordered'],
    because: anyBatch,
  })),
  {
    action: 'dynamodb:PutItem',
    on: 'effects',
    of: ['consume-urgent', 'consume-default', 'consume-ordered'],
    because: anyBatch,
  },
  { action: 'dynamodb:PutItem', on: 'outbox', of: ['reconcile'], because: onlyOldBatches },
  { action: 'dynamodb:ConditionCheckItem', on: 'effects', of: ['reconcile'], because: onlyOldBatches },
  { action: 'dynamodb:DeleteItem', on: 'effects', of: ['reconcile'], because: onlyOldBatches },
  { action: 'dynamodb:UpdateItem', on: 'outbox', of: ['consume-ordered'], because: anyDebounced },
  { action: 'dynamodb:UpdateItem', on: 'outbox', of: ['consume-urgent', 'consume-default'], because: anyWait },
  {
    action: 'kms:Decrypt',
    on: 'key of secrets',
    of: ['consume-urgent', 'consume-default', 'consume-ordered'],
    because: anyLane,
  },
  { action: 'ses:SendEmail', on: 'identity/*', of: ['consume-ordered'], because: anyLane },
  { action: 'ses:SendEmail', on: 'configuration-set/*', of: ['consume-ordered'], because: anyLane },
  { action: 'dynamodb:UpdateItem', on: 'records', of: ['api'], because: anyRoute },
  { action: 'dynamodb:Query', on: 'records/index/listed', of: ['api'], because: anyRoute },
  { action: 'sqs:SendMessage', on: 'bulk', of: ['reconcile'], because: anyJob },
  { action: 'lambda:InvokeFunction', on: 'reconcile', of: ['reconcile'], because: onlyLarge },
  { action: 'lambda:UpdateEventSourceMapping', on: 'mapping of urgent', of: ['api'], because: anyOperator },
  { action: 'lambda:UpdateEventSourceMapping', on: 'mapping of ordered', of: ['api'], because: anyOperator },
  { action: 'sqs:SendMessage', on: 'schedule-failures', of: ['schedule'], because: onlyFaults },
  { action: 'dynamodb:ListStreams', on: 'outbox/stream', of: ['relay', 'relay-ordered'], because: mapping },
  { action: 'sqs:GetQueueAttributes', on: 'urgent', of: ['consume-urgent'], because: mapping },
  { action: 'sqs:GetQueueAttributes', on: 'default', of: ['consume-default'], because: mapping },
  { action: 'sqs:GetQueueAttributes', on: 'bulk', of: ['consume-bulk'], because: mapping },
  { action: 'sqs:GetQueueAttributes', on: 'ordered.fifo', of: ['consume-ordered'], because: mapping },
  { action: 'sqs:GetQueueAttributes', on: 'release-timers', of: ['sweep'], because: mapping },
]

/** A row of the table. */
export const rowOf = ({ action, on, of, because }: Exception) =>
  `| \`${action}\` on ${on} | ${of.join(', ')} | ${because} |`

/**
 * What is wrong after a run of the whole suite: a grant that was never used and is no exception, and an exception that was
 * used after all, or is not granted.
 */
export function grantProblems(unused: readonly Grant[], allowed: readonly Exception[] = exceptions): string[] {
  const found = unused.map(({ fn, action, resource }) => `${fn}: ${action} on ${shortened(resource)}`)
  const excepted = allowed.flatMap(({ action, on, of }) => of.map((fn) => `${fn}: ${action} on ${on}`))
  return [
    ...found
      .filter((grant) => !excepted.includes(grant))
      .map(
        (grant) => `${grant} was never used: take it out of infra/access/grants.ts, or say in ${file} why it is needed`,
      ),
    ...excepted
      .filter((grant) => !found.includes(grant))
      .map((grant) => `${grant} was used, or is not granted: take it out of ${file}`),
  ]
}

const file = 'test/e2e/support/unused-grants.ts'

/** `arn:aws:dynamodb:us-east-1:000000000000:table/OutboxRelay-local-outbox/stream/…` → `outbox/stream` */
function shortened(arn: string): string {
  const lane = /:event-source-mapping:Lane(.+)Mapping[0-9A-F]{8}$/.exec(arn)?.[1]
  if (lane !== undefined) return `mapping of ${lane}`
  if (arn.startsWith('arn:aws:kms:')) return 'key of secrets'
  return arn
    .replace(/^.*OutboxRelay-local-/, '')
    .replace(/\/stream\/.*$/, '/stream')
    .replace(/^arn:.*:/, '')
}
