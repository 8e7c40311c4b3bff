import { deadLetterSources } from '../gateway/dead-letter-queues.ts'
import type { StackModel } from '../model.ts'
import { encryptionContext } from './conditions.ts'
import type { Need } from './need.ts'

/** Operations that reach the items of a table or its stream. All others need no key. */
const READS_OR_WRITES =
  /^dynamodb:((Batch)?GetItem|(Batch)?WriteItem|Query|Scan|PutItem|UpdateItem|DeleteItem|ConditionCheckItem|PartiQL\w+|GetRecords)$/

/** Actions of SQS that reach the body of a message, and what they ask of the queue's key. */
const QUEUE_KEY: Readonly<Record<string, readonly string[]>> = {
  // A producer also opens each new data key, to verify it.
  'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['kms:Decrypt'],
}

/**
 * What DynamoDB and SQS ask KMS on behalf of the caller for what is asked of them: the keys of the tables and queues. AWS asks
 * for a key once every few minutes; here every call is asked.
 */
export function withStorageKeys(needs: readonly Need[], model: StackModel): readonly Need[] {
  const hasKeys = [...model.tables, ...model.queues].some(({ keyArn }) => keyArn !== undefined)
  return hasKeys ? needs.flatMap((need) => [need, ...tableKey(need, model), ...queueKeys(need, model)]) : needs
}

function tableKey({ action, resources: [arn = ''] }: Need, model: StackModel): Need[] {
  if (!READS_OR_WRITES.test(action)) return []
  const table = model.tables.find((one) => arn === one.arn || arn.startsWith(`${one.arn}/`))
  if (table?.keyArn === undefined) return []
  const context = { 'aws:dynamodb:tableName': table.name, 'aws:dynamodb:subscriberId': model.accountId }
  return [keyNeed('kms:Decrypt', table.keyArn, { service: 'dynamodb', context, model })]
}

/** A message in a dead-letter queue may still be under the key of the queue that it comes from. */
function queueKeys({ action, resources: [arn = ''] }: Need, model: StackModel): Need[] {
  const asked = QUEUE_KEY[action] ?? []
  const from = action === 'sqs:ReceiveMessage' ? deadLetterSources(model, arn) : []
  const queues = [...model.queues.filter((queue) => queue.arn === arn), ...from]
  return queues.flatMap((queue) =>
    (queue.keyArn === undefined ? [] : asked).map((ask) =>
      keyNeed(ask, queue.keyArn ?? '', { service: 'sqs', context: { 'aws:sqs:arn': queue.arn }, model }),
    ),
  )
}

function keyNeed(
  action: string,
  keyArn: string,
  use: { readonly service: string; readonly context: Readonly<Record<string, string>>; readonly model: StackModel },
): Need {
  const { service, context, model } = use
  return {
    action,
    resources: [keyArn],
    context: () => ({
      'kms:CallerAccount': [model.accountId],
      'kms:ViaService': [`${service}.${model.region}.amazonaws.com`],
      'kms:EncryptionAlgorithm': ['SYMMETRIC_DEFAULT'],
      'kms:EncryptionContextKeys': Object.keys(context),
      ...Object.fromEntries(Object.entries(context).map(([name, value]) => [encryptionContext(name), [value]])),
    }),
  }
}
