import type { Call } from '../gateway/call.ts'
import { deadLetterSources } from '../gateway/dead-letter-queues.ts'
import type { StackModel } from '../model.ts'
import type { Need } from './need.ts'

/** Batches need the permission of the single action. */
const SINGLE: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
}

/** What a redrive needs on the dead-letter queue besides its own action. */
const REDRIVE: Readonly<Record<string, readonly string[]>> = {
  StartMessageMoveTask: ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'],
  CancelMessageMoveTask: ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'],
  ListMessageMoveTasks: ['GetQueueAttributes'],
}

export function sqsAsks({ operation, input }: Call, model: StackModel): Need[] {
  const need = (action: string, resource: string): Need => ({
    action: `sqs:${action}`,
    resources: [resource],
    context: () => ({}),
  })
  const redrive = REDRIVE[operation]
  if (redrive) {
    const source = sourceArn(input)
    return [
      ...[operation, ...redrive].map((action) => need(action, source)),
      ...(operation === 'StartMessageMoveTask' ? destinations(input, source, model) : []).map((arn) =>
        need('SendMessage', arn),
      ),
    ]
  }
  if (operation === 'ListQueues') return [need(operation, '*')]
  const name = String(input.QueueName ?? input.QueueUrl ?? '').replace(/^.*\//, '')
  return [need(SINGLE[operation] ?? operation, `arn:aws:sqs:${model.region}:${model.accountId}:${name}`)]
}

function sourceArn(input: Call['input']): string {
  if (typeof input.SourceArn === 'string') return input.SourceArn
  return taskSource(input.TaskHandle) ?? '*'
}

/** The queue a task handle belongs to: the handle is base64 JSON, as on AWS. */
export function taskSource(handle: unknown): string | undefined {
  try {
    const { sourceArn } = JSON.parse(Buffer.from(String(handle), 'base64').toString('utf8'))
    return typeof sourceArn === 'string' ? sourceArn : undefined
  } catch {
    return undefined
  }
}

function destinations(input: Call['input'], source: string, model: StackModel): string[] {
  if (typeof input.DestinationArn === 'string') return [input.DestinationArn]
  return deadLetterSources(model, source).map(({ arn }) => arn)
}
