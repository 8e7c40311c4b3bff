/** What the measures share, inside the process that is measured. */
import diagnostics from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { pathToFileURL } from 'node:url'

export type Handler = (event: unknown, context: object) => Promise<unknown>

/** Loads a bundle as Lambda would, with its environment in place. */
export async function handlerOf(bundle: string, environment?: Record<string, string>): Promise<Handler> {
  if (environment) Object.assign(process.env, environment)
  const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler }
  return handler
}

export function contextFor(seconds: number): object {
  const until = Date.now() + seconds * 1000
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    getRemainingTimeInMillis: () => until - Date.now(),
  }
}

/** Calls to AWS since the last look, by operation: `SendMessageBatch` → 3. */
export function callCounter(): () => Record<string, number> {
  let counts: Record<string, number> = {}
  diagnostics.subscribe('http.client.request.start', (message) => {
    const target = (message as { request: ClientRequest }).request.getHeader('x-amz-target')
    if (typeof target !== 'string') return
    const operation = target.slice(target.indexOf('.') + 1)
    counts[operation] = (counts[operation] ?? 0) + 1
  })
  return () => {
    const seen = counts
    counts = {}
    return seen
  }
}

/** Bytes that were logged since the last look, without the mails that are logged instead of sent. They go to a pipe, as in Lambda. */
export function logCounter(): () => { bytes: number; lines: number } {
  const write = process.stdout.write.bind(process.stdout)
  let [bytes, lines] = [0, 0]
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    // CloudWatch adds 26 bytes to each line.
    if (!String(chunk).includes('Mail not sent')) bytes += Buffer.byteLength(chunk) + 26
    lines += 1
    return write(chunk, ...rest)
  }) as typeof process.stdout.write
  return () => {
    const seen = { bytes, lines }
    ;[bytes, lines] = [0, 0]
    return seen
  }
}

export async function timed<T>(work: () => Promise<T>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** CPU of this process over some work, ms. */
export async function cpuOf<T>(work: () => Promise<T>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
