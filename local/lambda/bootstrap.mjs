/**
 * Runs inside a function's process: loads the handler once, then serves one invocation at a time over the IPC channel.
 * Plain JavaScript, because stripping types would more than double a cold start.
 *
 * From the parent: `{requestId, deadline, traceId, event}`, the event as JSON text, the deadline in ms since the epoch.
 * To the parent: `{ready: true}` or `{error}` after loading, then per invocation `{payload, memoryMb}` or `{error, memoryMb}`;
 * with `last: true` when the process ends after it.
 */
import { existsSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import './aws-sdk.mjs'

// A third less time for a cold start. Written soon after the start, because these processes end by kill -9.
enableCompileCache()
setTimeout(flushCompileCache, 1000).unref()

const functionArn = process.argv[2]
const env = process.env

const describe = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] }

const named = (errorType, errorMessage) => Object.assign(new Error(errorMessage), { name: errorType })

/** Memory in use is read when an invocation ends: a function that stays above its limit would not live on AWS. */
const answer = (message, then) =>
  process.send({ ...message, memoryMb: Math.ceil(process.memoryUsage.rss() / 1024 / 1024) }, then)

// Without its parent a function has nobody to answer to; it must not outlive the stack.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

// As on AWS, both end the process once they are reported; the next invocation starts a new one.
process.on('uncaughtException', (error) => answer({ error: describe(error), last: true }, () => process.exit(129)))
process.on('unhandledRejection', (reason) => {
  const error = { ...describe(reason), errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(reason) }
  answer({ error, last: true }, () => process.exit(128))
})

async function loadHandler() {
  const dot = env._HANDLER.lastIndexOf('.')
  const [file, name] = [env._HANDLER.slice(0, dot), env._HANDLER.slice(dot + 1)]
  const path = ['.js', '.mjs', '.cjs'].map((end) => join(env.LAMBDA_TASK_ROOT, file + end)).find(existsSync)
  if (path === undefined) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`)
  const module = await import(pathToFileURL(path).href).catch((error) => {
    throw loadError(error)
  })
  const handler = module[name] ?? module.default?.[name]
  if (handler === undefined) {
    throw named('Runtime.HandlerNotFound', `${env._HANDLER} is undefined or not exported`)
  }
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${env._HANDLER} is not a function`)
  if (handler.length > 2) {
    throw named('Runtime.CallbackHandlerDeprecated', `${env._HANDLER} takes a callback; return a promise instead`)
  }
  return handler
}

function loadError(error) {
  if (error instanceof SyntaxError) return named('Runtime.UserCodeSyntaxError', String(error))
  const missing = error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'MODULE_NOT_FOUND'
  return missing ? named('Runtime.ImportModuleError', String(error)) : error
}

const contextOf = ({ requestId, deadline }) => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
  invokedFunctionArn: functionArn,
  memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  awsRequestId: requestId,
  getRemainingTimeInMillis: () => deadline - Date.now(),
})

async function serve(handler, invocation) {
  env._X_AMZN_TRACE_ID = invocation.traceId
  try {
    const result = await handler(JSON.parse(invocation.event), contextOf(invocation))
    answer({ payload: JSON.stringify(result) ?? 'null' })
  } catch (error) {
    answer({ error: describe(error) })
  }
}

try {
  const handler = await loadHandler()
  process.on('message', (invocation) => serve(handler, invocation))
  process.send({ ready: true })
} catch (error) {
  process.send({ error: describe(error), last: true }, () => process.exit(1))
}
