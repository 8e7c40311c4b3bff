import { randomUUID } from 'node:crypto'
import type { Service } from './call.ts'

/** What goes back to the caller; `reset` drops the connection without a word. */
export type Answer =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | 'reset'

export interface AwsError {
  readonly status: number
  readonly code: string
  /** Name of the error in the JSON protocol, if it is another. @default - the code */
  readonly shape?: string
  readonly message: string
}

const NAMESPACES: Readonly<Record<Service, string>> = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810#',
  dynamodbstreams: 'com.amazonaws.dynamodb.v20120810#',
  sqs: 'com.amazonaws.sqs#',
  ses: '',
  lambda: '',
  cloudwatch: 'com.amazonaws.cloudwatch#',
  kms: '',
}

export function jsonAnswer(body: unknown, status = 200): Answer {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() }
  return { status, headers, body: JSON.stringify(body) }
}

/** An error as the service itself would word it, in the service's protocol. */
export function errorAnswer(service: Service, { status, code, shape = code, message }: AwsError): Answer {
  if (service === 'ses') return xmlError(status, code, message)
  const fault = status < 500 ? 'Sender' : 'Receiver'
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': randomUUID(),
      'x-amzn-errortype': code,
      // SDKs of SQS take the error's name from here: the JSON protocol kept the names of the older one.
      ...(service === 'sqs' ? { 'x-amzn-query-error': `${code};${fault}` } : {}),
    },
    body: JSON.stringify({ __type: NAMESPACES[service] + shape, message }),
  }
}

export function xmlAnswer(operation: string, result: string): Answer {
  const requestId = randomUUID()
  const body =
    `<${operation}Response xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><${operation}Result>${result}</${operation}Result>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`
  return { status: 200, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body }
}

export function xmlError(status: number, code: string, message: string): Answer {
  const requestId = randomUUID()
  const type = status < 500 ? 'Sender' : 'Receiver'
  const body =
    `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>${type}</Type><Code>${escapeXml(code)}</Code>` +
    `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
