/**
 * In place of bootstrap.mjs, with the same messages to and from the parent: AWS's own runtime interface client (npm aws-lambda-ric)
 * loads the handler and serves the invocations, in a child process. This process answers it as Lambda's Runtime API does.
 *
 * Arguments: the function's ARN, and the client's index.mjs. Plain JavaScript, for the same reason as bootstrap.mjs.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [, , functionArn, client] = process.argv
const { NODE_CHANNEL_FD: _, ...env } = process.env

let child
let isReady = false
/** The client's request for the next invocation, while there is none. */
let waiting
/** An invocation that the client has not asked for yet. */
let invocation
/** An error that was reported; the client asks for the next invocation after it, or ends. */
let reported

const memoryMb = () => {
  try {
    return Math.ceil(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024)
  } catch {
    return 0 // Gone already, or not Linux.
  }
}

const answer = (message, then) => process.send({ ...message, memoryMb: memoryMb() }, then)

const errorOf = (body) => {
  const { errorType, errorMessage, trace, stackTrace } = JSON.parse(body || '{}')
  return { errorType, errorMessage, trace: trace ?? stackTrace ?? [] }
}

function hand() {
  if (!waiting || !invocation) return
  const { requestId, deadline, traceId, event } = invocation
  waiting.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': requestId,
    'lambda-runtime-deadline-ms': String(deadline),
    'lambda-runtime-invoked-function-arn': functionArn,
    'lambda-runtime-trace-id': traceId,
  })
  waiting.end(event)
  waiting = undefined
  invocation = undefined
}

function next(response) {
  if (!isReady) process.send({ ready: true })
  isReady = true
  if (reported) answer({ error: reported })
  reported = undefined
  waiting = response
  hand()
}

const server = createServer(async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  const body = Buffer.concat(parts).toString()
  if (request.url.endsWith('/invocation/next')) return next(response)
  if (request.url.endsWith('/response')) answer({ payload: body })
  else if (request.url.endsWith('/error')) reported = errorOf(body)
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}')
})
// The client asks again only after an invocation, which may take 15 minutes.
server.keepAliveTimeout = 0

/** Ends as the client has ended, after what it reported last. */
function end(code, signal) {
  const die = () => (signal ? process.kill(process.pid, signal) : process.exit(code))
  if (reported) answer({ error: reported, last: true }, die)
  else die()
}

server.listen(0, '127.0.0.1', () => {
  child = spawn(process.execPath, [...process.execArgv, client, env._HANDLER], {
    cwd: env.LAMBDA_TASK_ROOT,
    env: { ...env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${server.address().port}` },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // What it sent before its end may still be on its way: the server closes once all connections are read.
  child.on('exit', (code, signal) => server.close(() => setImmediate(end, code, signal)))
  process.on('message', (message) => {
    invocation = message
    hand()
  })
})

// Without its parent a function has nobody to answer to; it must not outlive the stack.
process.on('disconnect', () => {
  child?.kill('SIGKILL')
  process.kill(process.pid, 'SIGKILL')
})
