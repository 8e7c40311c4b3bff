import type { Metrics } from '../types.ts'
import type { Answer } from './answer.ts'
import type { Call } from './call.ts'

/** What SQS counts of the messages of a queue, put for one answered call. */
export function putQueueMetrics({ operation, input }: Call, answer: Answer, metrics: Metrics): void {
  if (answer === 'reset' || answer.status !== 200) return
  const [name, count] = countedOf(operation, answer.body) ?? []
  if (!name || !count) return
  const dimensions = { QueueName: String(input.QueueUrl).replace(/^.*\//, '') }
  for (let i = 0; i < count; i += 1) metrics.put({ namespace: 'AWS/SQS', name, dimensions, value: 1 })
}

function countedOf(operation: string, body: string): [name: string, count: number] | undefined {
  const entries = () => (JSON.parse(body) as { Successful?: unknown[] }).Successful?.length ?? 0
  switch (operation) {
    case 'SendMessage':
      return ['NumberOfMessagesSent', 1]
    case 'SendMessageBatch':
      return ['NumberOfMessagesSent', entries()]
    case 'DeleteMessage':
      return ['NumberOfMessagesDeleted', 1]
    case 'DeleteMessageBatch':
      return ['NumberOfMessagesDeleted', entries()]
    case 'ReceiveMessage': {
      const received = (JSON.parse(body) as { Messages?: unknown[] }).Messages?.length ?? 0
      return received > 0 ? ['NumberOfMessagesReceived', received] : ['NumberOfEmptyReceives', 1]
    }
    default:
      return undefined
  }
}
