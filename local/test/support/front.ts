/**
 * Stands where the gateway stands: forwards each call to an engine under a key that the engine accepts, and lets a test
 * look at calls or answer in the engine's place.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FrontCall {
  /** `DynamoDBStreams_20120810.GetRecords`, `AmazonSQS.ReceiveMessage`… without what is before the dot. */
  readonly operation: string
  readonly accessKeyId: string
  readonly body: Record<string, unknown>
  /** The engine's own answer. */
  forward(body?: Record<string, unknown>): Promise<FrontAnswer>
}

export interface FrontAnswer {
  readonly status: number
  readonly body: unknown
}

export type Intercept = (call: FrontCall) => Promise<FrontAnswer | undefined> | FrontAnswer | undefined

/** An error as DynamoDB and SQS answer it. */
export function refusal(name: string, status = 400): FrontAnswer {
  return { status, body: { __type: `com.amazonaws#${name}`, message: `the test refuses with ${name}` } }
}

/** @param key under which the engine has the tables */
export async function startFront(engine: string, key = 'engine') {
  let intercept: Intercept = () => undefined
  const answerTo = async (call: FrontCall) => (await intercept(call)) ?? (await call.forward())
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const target = String(request.headers['x-amz-target'])
    const authorization = String(request.headers.authorization)
    const accessKeyId = /Credential=([^/]+)/.exec(authorization)?.[1] ?? ''
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
    const forward = async (sent = body) => {
      const answer = await fetch(engine, {
        method: 'POST',
        headers: {
          'content-type': String(request.headers['content-type']),
          'x-amz-target': target,
          authorization: authorization.replace(accessKeyId, key),
        },
        body: JSON.stringify(sent),
      })
      return { status: answer.status, body: await answer.json() }
    }
    const call = { operation: target.split('.').at(-1) ?? '', accessKeyId, body, forward }
    const answer = await answerTo(call).catch((error) => refusal(`EngineGone ${error}`, 500))
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Until the next call of this, every call goes through `next` first. */
    intercept(next: Intercept = () => undefined) {
      intercept = next
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
