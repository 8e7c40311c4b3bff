/** Events as AWS hands them to the functions. */
import { marshall } from '@aws-sdk/util-dynamodb'
import application from '../../../app/application.ts'
import sendReceipt from '../../../app/jobs/send-receipt.ts'
import { ids } from '../../../functions/aws/ids.ts'
import { registryOf } from '../../../shared/define/application.ts'
import { type JobRequest, request } from '../../../shared/define/job.ts'
import { jobId } from '../../../shared/lib/id.ts'
import { lifetimes } from '../../../shared/lib/lifetimes.ts'
import type { Item } from '../../../shared/lib/write.ts'
import { outboxWrite } from '../../../shared/outbox/envelope.ts'

const registry = registryOf(application, { probes: true })

export function receiptJob(group?: string): JobRequest & { readonly id: string } {
  const id = jobId(ids.fresh(), group)
  const payload = { orderId: ids.fresh(), email: 'ann@example.com', total: 1900, currency: 'EUR' }
  return { ...request(sendReceipt, payload, group === undefined ? {} : { group, lane: 'ordered' }), id }
}

/** The outbox item of a job, as the API writes it. */
export function outboxItem(job = receiptJob(), now = new Date()): Item {
  const write = outboxWrite(job, { now, hops: 0, outboxLifetime: lifetimes.outbox }, registry)
  return write.op === 'put' ? write.item : {}
}

let sequence = 0

/** A batch of the stream of the outbox. */
export function streamEvent(items: readonly Item[]) {
  return {
    Records: items.map((item) => ({
      eventID: String(sequence),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/outbox/stream/local',
      dynamodb: {
        Keys: marshall({ pk: item.pk, sk: item.sk }),
        NewImage: marshall(item),
        SequenceNumber: String(100_000_000_000_000 + sequence++),
        SizeBytes: 600,
        StreamViewType: 'NEW_IMAGE',
      },
    })),
  }
}

export interface Received {
  readonly MessageId?: string
  readonly ReceiptHandle?: string
  readonly Body?: string
  /** @default - received for the first time */
  readonly Attributes?: { readonly ApproximateReceiveCount?: string }
}

/** A batch of messages, as the mapping of a lane hands it over. */
export function queueEvent(messages: readonly Received[]) {
  return {
    Records: messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: { ApproximateReceiveCount: '1', ...Attributes, SentTimestamp: String(Date.now()) },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:OutboxRelay-local-default',
      awsRegion: 'us-east-1',
    })),
  }
}

/** A request as the HTTP API hands it over. */
export function httpEvent(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', host: 'api.example.com', ...headers },
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
      requestId: ids.fresh(),
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '25/Nov/2026:08:00:00 +0000',
      timeEpoch: Date.now(),
    },
    isBase64Encoded: false,
    body: body === undefined ? undefined : JSON.stringify(body),
  }
}

export const newOrder = { email: 'ann@example.com', items: [{ sku: 'mug', quantity: 2, unitPrice: 950 }] }
export const newReceipt = () => ({ type: 'send-receipt', payload: receiptJob().payload })
