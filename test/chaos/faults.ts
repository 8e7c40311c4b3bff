/** What AWS does to a system that runs long enough, many times a minute. */

const error = (code: string, statusCode: number) => ({ code, statusCode })

/** Fault rules of the local AWS endpoint. `after` lets the call happen and loses its answer: nobody knows the outcome. */
export const faultRules = [
  { service: 'dynamodb', probability: 0.02, error: error('ProvisionedThroughputExceededException', 400) },
  { service: 'dynamodb', probability: 0.02, error: error('InternalServerError', 500) },
  {
    service: 'dynamodb',
    operation: 'TransactWriteItems',
    probability: 0.02,
    when: 'after',
    error: error('InternalServerError', 500),
  },
  {
    service: 'dynamodb',
    operation: 'UpdateItem',
    probability: 0.02,
    when: 'after',
    error: error('ConnectionReset', 500),
  },
  { service: 'dynamodbstreams', probability: 0.02, error: error('InternalServerError', 500) },
  { service: 'sqs', operation: 'ReceiveMessage', probability: 0.1, error: error('DeliverTwice', 500) },
  { service: 'sqs', operation: 'ReceiveMessage', probability: 0.1, error: error('Reorder', 500) },
  {
    service: 'sqs',
    operation: 'SendMessageBatch',
    probability: 0.03,
    when: 'after',
    error: error('ConnectionReset', 500),
  },
  { service: 'sqs', operation: 'DeleteMessageBatch', probability: 0.03, error: error('InternalFailure', 500) },
  { service: 'sqs', probability: 0.02, error: error('ServiceUnavailable', 503) },
  { service: 'ses', probability: 0.03, error: error('Throttling', 400) },
  { service: 'lambda', operation: 'Invoke', probability: 0.01, error: error('TooManyRequestsException', 429) },
]
