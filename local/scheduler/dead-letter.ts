import { randomUUID } from 'node:crypto'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { LambdaFunction, Schedule, StackModel } from '../model.ts'
import { accessKeyId, LOCAL_SECRET } from '../types.ts'
import type { Delivery } from './delivery.ts'
import { inputOf, scheduleArn } from './input.ts'
import type { Execution } from './state.ts'

interface Target {
  readonly model: StackModel
  readonly gatewayUrl: string
}

/** Sends what could not be handed to Lambda to the schedule's dead-letter queue, with Scheduler's message attributes. */
export async function sendDeadLetter(
  target: Target,
  schedule: Schedule & { readonly deadLetterArn: string },
  execution: Execution,
  { code, message }: Extract<Delivery, { ok: false }>,
): Promise<void> {
  const { model } = target
  const body = inputOf(model, schedule, execution)
  await send(target, schedule.deadLetterArn, 'SCHEDULER', body, {
    ERROR_CODE: code,
    ERROR_MESSAGE: message,
    EXECUTION_ID: execution.id,
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: '0',
    SCHEDULED_TIME: execution.scheduledTime,
    SCHEDULE_ARN: scheduleArn(model, schedule),
    TARGET_ARN: model.functions.find(({ name }) => name === schedule.functionName)?.arn ?? schedule.functionName,
  })
}

/** Sends an event that a function failed on to the last to its own dead-letter queue, as Lambda does: under the function's role. */
export async function sendFailedEvent(
  target: Target,
  fn: LambdaFunction & { readonly deadLetterArn: string },
  event: unknown,
  errorMessage: string,
): Promise<void> {
  const key = accessKeyId({ kind: 'mapping', functionName: fn.name })
  await send(target, fn.deadLetterArn, key, JSON.stringify(event), {
    RequestID: randomUUID(),
    ErrorCode: '200',
    ErrorMessage: errorMessage.slice(0, 1024),
  })
}

async function send(
  { model, gatewayUrl }: Target,
  queueArn: string,
  accessKeyId: string,
  MessageBody: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const queue = model.queues.find(({ arn }) => arn === queueArn)
  if (!queue) throw new Error(`the template has no queue ${queueArn}`)
  const sqs = new SQSClient({
    endpoint: gatewayUrl,
    useQueueUrlAsEndpoint: false,
    region: model.region,
    credentials: { accessKeyId, secretAccessKey: LOCAL_SECRET },
  })
  try {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
        ),
      }),
    )
  } finally {
    sqs.destroy()
  }
}
