import { randomBytes, randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { maxSideBySide } from '../machine.ts'
import type { LambdaFunction, StackModel } from '../model.ts'
import type { Functions, InvokeResult, Log, Metrics, Usage } from '../types.ts'
import { putEmbeddedMetrics } from './embedded-metrics.ts'
import type { Ending } from './ending.ts'
import { environmentOf } from './environment.ts'
import { createPool } from './pool.ts'
import { type FunctionProcess, startProcess } from './process.ts'
import { type Reaper, startReaper } from './reaper.ts'
import { initResultOf, REQUEST_LIMIT, requestTooLarge, resultOf, stopped, throttled, timedOut } from './result.ts'

export interface FunctionSettings {
  readonly model: StackModel
  readonly gatewayUrl: string
  readonly log: Log
  readonly metrics: Metrics
  readonly usage: Usage
  /** How many processes all functions together may have. @default 16, or 4 a core */
  readonly maxProcesses?: number
  /** How long a process without work stays warm, in ms. @default 5 minutes */
  readonly idleMs?: number
  /** Log Lambda's REPORT line after each invocation. @default false */
  readonly report?: boolean
  /** How late the metrics of log lines arrive, in ms. @default at once */
  readonly metricsDelay?: () => number
  /** AWS's runtime interface client, which runs the handlers in place of this project's bootstrap. */
  readonly runtimeClient?: string
}

/** One invocation, from its arrival to its result. */
interface Run {
  readonly fn: LambdaFunction
  readonly requestId: string
  readonly event: string
}

/** What CloudWatch Logs bills for an event in addition to its text. */
const LOG_EVENT_BYTES = 26

/** Runs the functions of the template, each in processes of its own that serve one invocation at a time. */
export function createFunctions(settings: FunctionSettings): Functions {
  const { model, gatewayUrl, log, metrics, usage } = settings
  const byName = new Map(model.functions.map((fn) => [fn.name, fn]))
  const inFlight = new Map<string, number>()
  const sessions = new Map<string, FunctionProcess>()
  let reaper: Reaper | undefined

  function start(fn: LambdaFunction) {
    reaper ??= startReaper()
    const session = randomBytes(16).toString('hex')
    const onLine = (line: string) => {
      log(fn.name, line)
      putEmbeddedMetrics(line, delayed)
      const dimensions = { LogGroupName: `/aws/lambda/${fn.name}` }
      const value = Buffer.byteLength(line) + LOG_EVENT_BYTES
      metrics.put({ namespace: 'AWS/Logs', name: 'IncomingBytes', dimensions, value })
    }
    const environment = environmentOf(fn, model, gatewayUrl, session)
    const process = startProcess(fn, environment, onLine, settings.runtimeClient)
    sessions.set(session, process)
    if (process.pid > 0) reaper.watch(process.pid)
    void process.closed.then(() => {
      sessions.delete(session)
      reaper?.forget(process.pid)
    })
    return process
  }

  /** The time of a metric is that of its line, also when it arrives later. */
  const delayed: Metrics = {
    put(point) {
      const ms = settings.metricsDelay?.() ?? 0
      if (ms === 0) metrics.put(point)
      else setTimeout(metrics.put, ms, { at: Date.now(), ...point }).unref()
    },
  }

  const pool = createPool({
    start,
    maxProcesses: settings.maxProcesses ?? Math.max(16, 4 * availableParallelism()),
    maxOfFunction: maxSideBySide(),
    idleMs: settings.idleMs ?? 300_000,
  })

  const put = (fn: LambdaFunction, name: string, value: number) =>
    metrics.put({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: fn.name }, value })

  async function run({ fn, requestId, event }: Run): Promise<InvokeResult> {
    const place = await pool.acquire(fn)
    if (!place.ok && place.reason === 'stopped') return stopped()
    if (!place.ok) {
      usage.invocation(fn.name, Math.ceil(place.ending.durationMs))
      return tell(fn, requestId, place.ending, initResultOf(fn, requestId, place.ending))
    }
    const { process, initMs } = place
    const ending = await process.run({ requestId, traceId: traceId(), event })
    const result = tell(fn, requestId, ending, resultOf(fn, requestId, ending))
    // Over its memory: AWS would have killed it, so nobody may find it warm.
    if (!result.ok && result.reason === 'out-of-memory') process.kill()
    pool.release(process)
    usage.invocation(fn.name, Math.ceil(initMs + ending.durationMs))
    put(fn, 'Duration', ending.durationMs)
    if (settings.report) log(fn.name, reportLine({ fn, requestId, ending, initMs }))
    return result
  }

  /** Says in the function's log what Lambda says there about an invocation that failed. */
  function tell(fn: LambdaFunction, requestId: string, ending: Ending, result: InvokeResult): InvokeResult {
    if (result.ok) return result
    const { errorType, errorMessage } = result
    const stack = ending.kind === 'failed' ? { stack: ending.error.trace } : {}
    const text =
      ending.kind === 'timed-out'
        ? `${requestId} ${timedOut(fn)}`
        : `${requestId} ERROR Invoke Error ${JSON.stringify({ errorType, errorMessage, ...stack })}`
    log(fn.name, `${new Date().toISOString()} ${text}`)
    return result
  }

  async function invoke(functionName: string, event: unknown): Promise<InvokeResult> {
    const fn = byName.get(functionName)
    if (!fn) throw new Error(`Function not found: ${functionName}. The template has ${[...byName.keys()].join(', ')}`)
    const body = JSON.stringify(event) ?? 'null'
    if (Buffer.byteLength(body) > REQUEST_LIMIT) return requestTooLarge(Buffer.byteLength(body))
    const running = inFlight.get(fn.name) ?? 0
    const isThrottled = running >= (fn.reservedConcurrency ?? Number.POSITIVE_INFINITY)
    put(fn, 'Throttles', isThrottled ? 1 : 0)
    if (isThrottled) return throttled()

    inFlight.set(fn.name, running + 1)
    put(fn, 'ConcurrentExecutions', running + 1)
    try {
      const result = await run({ fn, requestId: randomUUID(), event: body })
      put(fn, 'Invocations', 1)
      put(fn, 'Errors', result.ok ? 0 : 1)
      return result
    } finally {
      inFlight.set(fn.name, (inFlight.get(fn.name) ?? 1) - 1)
    }
  }

  let stopping: Promise<void> | undefined
  return {
    invoke,
    list: () =>
      pool.list().map(({ fn, process: { pid, startedAt, invocations }, busy }) => ({
        name: fn.name,
        pid,
        busy,
        startedAt,
        invocations,
      })),
    kill: pool.kill,
    replaceProcesses: (functionNames) => functionNames.forEach(pool.replace),
    killSession: (session) => sessions.get(session)?.kill(),
    stop() {
      stopping ??= pool.stop().then(() => reaper?.stop())
      return stopping
    },
  }
}

/** X-Ray's form of a trace that is not sampled. */
function traceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16)
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`
}

function reportLine(of: { fn: LambdaFunction; requestId: string; ending: Ending; initMs: number }): string {
  const { fn, requestId, ending, initMs } = of
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${ending.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(initMs + ending.durationMs)} ms`,
    `Memory Size: ${fn.memoryMb} MB`,
    ...('memoryMb' in ending ? [`Max Memory Used: ${ending.memoryMb} MB`] : []),
    ...(initMs > 0 ? [`Init Duration: ${initMs.toFixed(2)} ms`] : []),
  ]
  return parts.join('\t')
}
