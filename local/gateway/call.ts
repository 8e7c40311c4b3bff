import type { IncomingMessage } from 'node:http'
import { type Caller, callerOf } from '../types.ts'
import { lambdaOperation } from './lambda-operations.ts'

export type Service = 'dynamodb' | 'dynamodbstreams' | 'sqs' | 'ses' | 'lambda' | 'cloudwatch' | 'kms'

/** A request to an AWS service, recognised. */
export interface Call {
  readonly service: Service
  readonly operation: string
  readonly caller: Caller
  /** As the caller signed it; the stack answers in every region. */
  readonly region: string
  /** The session token, which tells the processes of a function apart. Empty if there is none. */
  readonly session: string
  /** The body, parsed: members of the JSON object, or form fields of the query protocol. */
  readonly input: Readonly<Record<string, unknown>>
  /** The body as it came; a form without its percent-encoding. */
  readonly text: string
}

const TARGETS: Readonly<Record<string, Service>> = {
  DynamoDB_20120810: 'dynamodb',
  DynamoDBStreams_20120810: 'dynamodbstreams',
  AmazonSQS: 'sqs',
  GraniteServiceVersion20100801: 'cloudwatch',
  TrentService: 'kms',
}

type Common = Pick<Call, 'caller' | 'region' | 'session' | 'text'>

export type Recognised =
  | { readonly ok: true; readonly call: Call }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly xml: boolean }

const SPOKEN =
  'This endpoint speaks DynamoDB, DynamoDB Streams, SQS and KMS in their JSON protocols, SES (version 1) SendEmail in the query protocol, of Lambda what pauses a mapping or invokes a function, and of CloudWatch what reads metrics and alarms in its JSON protocol'

/** Which operation of which service a request means: by `X-Amz-Target`, or by the form field `Action`. */
export function recognise(request: IncomingMessage, body: string): Recognised {
  const { accessKeyId, region, signedFor } = credential(request.headers.authorization)
  const session = String(request.headers['x-amz-security-token'] ?? '')
  const common = { caller: callerOf(accessKeyId), region, session, text: body }
  const target = request.headers['x-amz-target']
  if (typeof target === 'string') return recogniseJson(target, body, common)
  const lambda = lambdaOperation(request.method, request.url)
  if (lambda) return recogniseLambda(lambda, request, body, common)
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const input = Object.fromEntries(new URLSearchParams(body))
    if (signedFor === 'ses' || signedFor === 'email') {
      const text = Object.entries(input)
        .map(([name, value]) => `${name}=${value}`)
        .join('&')
      return { ok: true, call: { ...common, service: 'ses', operation: input.Action ?? '', input, text } }
    }
    const what = `the ${signedFor || 'unsigned'} query protocol (Action=${input.Action ?? '?'})`
    return unknown(`${SPOKEN}, not ${what}. An older SDK or CLI of SQS speaks JSON once it is updated.`, true)
  }
  return unknown(`${SPOKEN}; ${request.method} ${request.url} is not among them.`, false)
}

function recogniseJson(target: string, body: string, common: Common): Recognised {
  const [prefix = '', operation = ''] = target.split('.')
  const service = TARGETS[prefix]
  if (!service) return unknown(`${SPOKEN}, not ${target}.`, false)
  const input = parseObject(body)
  if (input) return { ok: true, call: { ...common, service, operation, input } }
  const message = `The body of ${operation} is not a JSON object.`
  return { ok: false, code: 'SerializationException', message, xml: false }
}

function recogniseLambda(
  { operation, target }: { operation: string; target: string },
  request: IncomingMessage,
  body: string,
  common: Common,
): Recognised {
  const parsed = parseObject(body)
  const invocationType = request.headers['x-amz-invocation-type']
  const input = operation === 'Invoke' ? { target, invocationType, payload: parsed } : { ...parsed, target }
  return { ok: true, call: { ...common, service: 'lambda', operation, input } }
}

function unknown(message: string, xml: boolean): Recognised {
  return { ok: false, code: 'UnknownOperationException', message, xml }
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body || '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** The signature itself is not checked: every caller on the loopback interface is trusted. */
function credential(authorization = '') {
  const [, accessKeyId = '', region = '', signedFor = ''] =
    /Credential=([^/,\s]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization) ?? []
  return { accessKeyId, region, signedFor }
}
