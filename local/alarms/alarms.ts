import type { MetricStore } from '../metrics.ts'
import type { Alarm, StackModel } from '../model.ts'
import type { AsyncInvocations, Engine, Gateway, Log, Running } from '../types.ts'
import { adviceAgainst } from './advice.ts'
import { callFunction } from './call-function.ts'
import { type AlarmState, alarmWindowMs, compileAlarm, slidingPeriods, wholeMinutes } from './evaluation.ts'
import { createQueueGauges } from './queue-gauges.ts'

export interface AlarmStatus {
  readonly name: string
  readonly description: string
  readonly state: AlarmState
  readonly reason: string
  /** When the state was entered, ISO 8601. */
  readonly since: string
}

interface Settings {
  readonly model: StackModel
  readonly gateway: Pick<Gateway, 'route'>
  readonly sqs: Engine
  readonly metrics: MetricStore
  readonly invocations: Pick<AsyncInvocations, 'begin'>
  readonly log: Log
  /** Evaluate once a minute, and only whole minutes, as CloudWatch does. @default false */
  readonly realTime?: boolean
}

const EVERY_MS = 5000

/** Namespaces that something in the local AWS fills; EMF metrics of the functions have namespaces of their own. */
const EMULATED = ['AWS/SQS', 'AWS/Lambda', 'AWS/ApiGateway', 'AWS/Logs']

/**
 * The template's alarms, evaluated every few seconds and whenever somebody asks, or in real time once a minute. One that cannot
 * be evaluated here is named and left out.
 */
export async function startAlarms(
  settings: Settings,
): Promise<Running & { evaluate(): Promise<readonly AlarmStatus[]> }> {
  const { model, metrics, log } = settings
  const sample = createQueueGauges(settings)
  const watched = model.alarms.flatMap((alarm) => {
    const next = watchOrExplain(alarm, settings)
    return next ? [{ alarm, next }] : []
  })
  for (const { alarm } of watched) {
    metrics.keepFor(alarmWindowMs(alarm))
    noteUnfed(alarm, log)
    for (const advice of adviceAgainst(alarm))
      log('alarms', `${alarm.name}: AWS advises against its metric math. ${advice}`)
  }

  const evaluate = async (): Promise<readonly AlarmStatus[]> => {
    await sample()
    return watched.map(({ next }) => next())
  }
  let running: Promise<unknown> | undefined
  const timer = setInterval(() => {
    running ??= evaluate()
      .catch((error: unknown) => log('alarms', `could not be evaluated: ${String(error)}`))
      .finally(() => {
        running = undefined
      })
  }, EVERY_MS)

  await evaluate()
  settings.gateway.route('GET', '/_local/alarms', async () => ({ status: 200, body: { alarms: await evaluate() } }))
  return {
    evaluate,
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

function watchOrExplain(alarm: Alarm, settings: Settings): (() => AlarmStatus) | undefined {
  try {
    return watch(alarm, settings)
  } catch (error) {
    settings.log('alarms', `${alarm.name} is left out: ${(error as Error).message}`)
    return undefined
  }
}

/** Throws for what cannot be evaluated. */
function watch(alarm: Alarm, settings: Settings): () => AlarmStatus {
  const { realTime = false } = settings
  const endOf = realTime ? wholeMinutes : slidingPeriods
  const evaluate = compileAlarm(alarm, endOf)
  let evaluatedTo: number | undefined
  let status: AlarmStatus = {
    name: alarm.name,
    description: alarm.description,
    state: 'INSUFFICIENT_DATA',
    reason: 'Not evaluated yet',
    since: new Date().toISOString(),
  }
  return () => {
    const now = Date.now()
    // What comes late is seen a minute later.
    if (realTime && evaluatedTo === endOf(now)) return status
    evaluatedTo = endOf(now)
    const { state, reason } = evaluate(settings.metrics, now, status.state)
    const changed = state !== status.state
    if (changed && (state === 'ALARM' || status.state === 'ALARM')) announce(alarm, status, { state, reason }, settings)
    status = { ...status, state, reason, ...(changed ? { since: new Date().toISOString() } : {}) }
    return status
  }
}

/** Nobody is notified here: who would be is said instead. A function that is to be called is called. */
function announce(
  alarm: Alarm,
  before: AlarmStatus,
  now: Pick<AlarmStatus, 'state' | 'reason'>,
  { model, invocations, log }: Settings,
): void {
  log('alarms', `${alarm.name}: ${before.state} → ${now.state}. ${now.reason}`)
  if (now.state !== 'ALARM') return
  for (const action of alarm.actions) {
    if (action.startsWith('arn:aws:lambda:')) callFunction(action, { alarm, before, now }, { model, invocations, log })
    else log('alarms', `${alarm.name} would notify ${action}`)
  }
}

function noteUnfed(alarm: Alarm, log: Log): void {
  const unfed = alarm.metrics.find(({ namespace }) => namespace?.startsWith('AWS/') && !EMULATED.includes(namespace))
  if (unfed) log('alarms', `${alarm.name} watches ${unfed.namespace}, which has no data here`)
}
