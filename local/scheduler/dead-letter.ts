import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Schedule, StackModel } from '../model.ts'
import type { Delivery } from './delivery.ts'
import { inputOf, scheduleArn } from './input.ts'
import type { Execution } from './state.ts'

/** Sends what could not be handed to Lambda to the schedule's dead-letter queue, with Scheduler's message attributes. */
export async function sendDeadLetter(
  { model, gatewayUrl }: { model: StackModel; gatewayUrl: string },
  schedule: Schedule,
  execution: Execution,
  { code, message }: Extract<Delivery, { ok: false }>,
): Promise<void> {
  const queue = model.queues.find(({ arn }) => arn === schedule.deadLetterArn)
  if (!queue) throw new Error(`the template has no queue ${schedule.deadLetterArn}`)
  const attributes = {
    ERROR_CODE: code,
    ERROR_MESSAGE: message,
    EXECUTION_ID: execution.id,
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: '0',
    SCHEDULED_TIME: execution.scheduledTime,
    SCHEDULE_ARN: scheduleArn(model, schedule),
    TARGET_ARN: model.functions.find(({ name }) => name === schedule.functionName)?.arn ?? schedule.functionName,
  }
  const sqs = new SQSClient({
    endpoint: gatewayUrl,
    useQueueUrlAsEndpoint: false,
    region: model.region,
    credentials: { accessKeyId: 'SCHEDULER', secretAccessKey: 'local' },
  })
  try {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: inputOf(model, schedule, execution),
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
        ),
      }),
    )
  } finally {
    sqs.destroy()
  }
}
