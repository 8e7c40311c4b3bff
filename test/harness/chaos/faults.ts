/** What AWS does to a system that runs long enough, many times a minute. */

/** A fault rule of the local AWS endpoint; see `local/gateway/faults.ts`. */
export interface Rule {
  readonly service: string
  readonly operation?: string
  readonly match?: string
  readonly probability?: number
  readonly when?: 'before' | 'after'
  readonly error?: { readonly code: string; readonly statusCode: number }
  readonly kill?: true
  readonly times?: number
  /** What the report calls it. */
  readonly name: string
}

const before = (service: string, code: string, statusCode: number, probability: number, operation?: string): Rule => ({
  name: `${[service, operation].filter(Boolean).join(' ')}: ${code}`,
  service,
  operation,
  probability,
  error: { code, statusCode },
})

/** The service does what it was asked, and its answer is lost: nobody knows the outcome. */
const lostAnswer = (service: string, operation: string, probability: number): Rule => ({
  name: `${service} ${operation}: answer lost`,
  service,
  operation,
  probability,
  when: 'after',
  error: { code: 'ConnectionReset', statusCode: 500 },
})

/** Mails to these addresses are sent, and half of the answers of SES are lost: what follows is counted apart. */
export const unanswered = 'unanswered'

/** Errors on every operation, lost answers, batches taken in part, deliveries that come twice or out of order, throttled functions. */
export const everydayFaults: readonly Rule[] = [
  before('dynamodb', 'ProvisionedThroughputExceededException', 400, 0.02),
  before('dynamodb', 'InternalServerError', 500, 0.02),
  lostAnswer('dynamodb', 'TransactWriteItems', 0.02),
  lostAnswer('dynamodb', 'UpdateItem', 0.02),
  before('dynamodbstreams', 'InternalServerError', 500, 0.02),
  before('sqs', 'DeliverTwice', 500, 0.1, 'ReceiveMessage'),
  before('sqs', 'Reorder', 500, 0.1, 'ReceiveMessage'),
  before('sqs', 'RefuseSome', 500, 0.05, 'SendMessageBatch'),
  lostAnswer('sqs', 'SendMessageBatch', 0.03),
  lostAnswer('sqs', 'DeleteMessageBatch', 0.03),
  before('sqs', 'ServiceUnavailable', 503, 0.02),
  { ...lostAnswer('ses', 'SendEmail', 0.5), match: unanswered },
  before('ses', 'Throttling', 400, 0.03),
  before('lambda', 'TooManyRequestsException', 429, 0.01, 'Invoke'),
]
