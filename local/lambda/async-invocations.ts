import type { LambdaFunction, StackModel } from '../model.ts'
import { sendFailedEvent } from '../scheduler/dead-letter.ts'
import type { AsyncInvocations, Functions, InvokeResult, Log, Metrics, Owed } from '../types.ts'
import { type NextStep, nextStep } from './retry-policy.ts'

export interface AsyncSettings {
  readonly model: StackModel
  readonly gatewayUrl: string
  readonly functions: Pick<Functions, 'invoke'>
  readonly metrics: Metrics
  readonly log: Log
  /** How long Lambda waits before each retry of an event whose function failed, in ms. @default 1 and 2 minutes */
  readonly retryDelaysMs?: readonly number[]
}

type Failed = Extract<InvokeResult, { ok: false }>

interface Event {
  readonly fn: LambdaFunction
  readonly event: unknown
  readonly owed: Owed
  readonly receivedAt: number
  readonly throttles: number
}

/**
 * Lambda's queue for events that nobody waits for: those of schedules, of alarms and of `InvocationType: Event`. Lambda
 * repeats what a function fails on, and drops what is too old (AWS::Lambda::EventInvokeConfig). What it drops goes to the
 * function's dead-letter queue. The queue is in memory: a caller whose events must survive the process keeps them itself, see {@link Owed}.
 */
export function createAsyncInvocations(settings: AsyncSettings): AsyncInvocations {
  const { model, functions, metrics, log, retryDelaysMs = [60_000, 120_000] } = settings
  const timers = new Set<NodeJS.Timeout>()
  let isStopping = false

  const put = ({ name }: LambdaFunction, metric: string, value: number) =>
    metrics.put({ namespace: 'AWS/Lambda', name: metric, dimensions: { FunctionName: name }, value })

  async function attempt(event: Event): Promise<InvokeResult> {
    put(event.fn, 'AsyncEventAge', Date.now() - event.receivedAt)
    const result = await functions.invoke(event.fn.name, event.event)
    if (result.ok) event.owed.onEnd?.()
    // A function that ends because the stack stops has not failed: its event stays owed.
    else if (!isStopping) await repeatOrDrop(event, result)
    return result
  }

  async function repeatOrDrop(event: Event, result: Failed): Promise<void> {
    const { fn, owed, receivedAt, throttles } = event
    const { failures } = owed
    const throttled = result.reason === 'throttled'
    const failed = { throttled, failures, throttles, ageMs: Date.now() - receivedAt }
    const step = nextStep(fn, failed, retryDelaysMs)
    if (step.kind === 'drop') {
      await drop(event, step, result)
      owed.onEnd?.()
      return
    }
    const later = { ...owed, failures: failures + (throttled ? 0 : 1) }
    owed.onRetry?.(later.failures)
    after(step.delayMs, () => start({ ...event, owed: later, throttles: throttles + (throttled ? 1 : 0) }))
  }

  async function drop({ fn, event }: Event, step: Extract<NextStep, { kind: 'drop' }>, { errorMessage }: Failed) {
    const { deadLetterArn } = fn
    put(fn, 'AsyncEventsDropped', 1)
    const why = step.because === 'age' ? ` (another attempt would be later than ${step.limit} s)` : ''
    log(
      'lambda',
      `${fn.name}: an event ${deadLetterArn ? `goes to ${deadLetterArn}` : 'is dropped'}: ${errorMessage}${why}`,
    )
    if (!deadLetterArn) return
    await sendFailedEvent(settings, { ...fn, deadLetterArn }, event, errorMessage).catch((error) => {
      put(fn, 'DeadLetterErrors', 1)
      log('lambda', `${fn.name}: the event is lost, because ${deadLetterArn} did not take it: ${error}`)
    })
  }

  function after(ms: number, what: () => void): void {
    if (isStopping) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      what()
    }, ms)
    timers.add(timer)
  }

  /** A fault here must not end the stack: the event stays owed. */
  function start(event: Event): void {
    attempt(event).catch((error) => log('lambda', `${event.fn.name}: an event stays owed: ${error}`))
  }

  return {
    async begin(functionName, event, owed = { failures: 0 }) {
      const fn = model.functions.find(({ name }) => name === functionName)
      if (!fn) throw new Error(`Function not found: ${functionName}`)
      put(fn, 'AsyncEventsReceived', 1)
      return attempt({ fn, event, owed, receivedAt: Date.now(), throttles: 0 })
    },
    async stop() {
      isStopping = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
