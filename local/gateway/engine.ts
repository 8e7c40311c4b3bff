import { Agent, type IncomingMessage, request } from 'node:http'
import type { Engine } from '../types.ts'
import type { Answer } from './answer.ts'

/** Sends one JSON operation to an engine and brings its answer back. */
export type Forward = (operation: string, body: string) => Promise<Exclude<Answer, 'reset'>>

const PREFIX = { dynamodb: 'DynamoDB_20120810.', streams: 'DynamoDBStreams_20120810.', sqs: 'AmazonSQS.' } as const

/** The engine died, or is just starting again. Whether it did what it was asked, nobody knows. */
export class EngineDown extends Error {
  constructor(cause: unknown) {
    super(`The engine does not answer: ${cause}`, { cause })
    this.name = 'EngineDown'
  }
}

/** Sockets the engine may be about to close are not reused: it keeps idle ones for 30 s. */
const IDLE_SOCKET_MS = 10_000

/**
 * A connection to an engine. The caller's signature stays here: DynamoDB Local refuses access keys with other characters
 * than letters and digits, and the SQS engine keeps queues of different regions apart, where the stack has only one.
 */
export function connectEngine(engine: Engine, api: keyof typeof PREFIX, region: string): Forward & { close(): void } {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_SOCKET_MS })
  const authorization = `AWS4-HMAC-SHA256 Credential=${engine.accessKeyId ?? 'local'}/20260101/${region}/${api}/aws4_request, SignedHeaders=host, Signature=0`

  const forward: Forward = (operation, body) =>
    new Promise((resolve, reject) => {
      // Asked each time: an engine that died comes back elsewhere.
      const { hostname, port } = new URL(engine.endpoint)
      const headers = {
        authorization,
        'content-type': 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(body),
        'x-amz-target': PREFIX[api] + operation,
      }
      const outgoing = request({ agent, hostname, port, method: 'POST', path: '/', headers }, (response) => {
        readText(response).then(
          (text) => resolve(toAnswer(response, text)),
          (cause) => reject(new EngineDown(cause)),
        )
      })
      outgoing.once('error', (cause) => reject(new EngineDown(cause)))
      outgoing.end(body)
    })
  return Object.assign(forward, { close: () => agent.destroy() })
}

const PASSED_ON = ['content-type', 'x-amzn-requestid', 'x-amz-crc32', 'x-amzn-query-error', 'x-amzn-errortype']

function toAnswer(response: IncomingMessage, body: string): Exclude<Answer, 'reset'> {
  const headers: Record<string, string> = {}
  for (const name of PASSED_ON) {
    const value = response.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  return { status: response.statusCode ?? 500, headers, body }
}

export async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
