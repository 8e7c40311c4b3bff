/** A schedule: a job at fixed times. */
import type { ZodType, z } from 'zod'
import { type Cron, nextCron, parseCron } from '../lib/cron.ts'
import { type Ids, jobId } from '../lib/id.ts'
import { ownSchedules } from '../lib/names.ts'
import { DefinitionError } from './errors.ts'
import { groupOf, type JobRequest, type JobType } from './job.ts'
import { aFunction, checked, made, named, optional, type Rules, text } from './options.ts'

/** A schedule with its defaults filled in: what `defineSchedule` returns. */
export interface Schedule {
  /** Name of the schedule in the console, in AWS and in the ids of its jobs. */
  readonly name: string
  /** Expression of EventBridge Scheduler: `rate(5 minutes)` or `cron(0 6 * * ? *)`. */
  readonly expression: string
  /** IANA time zone of a cron expression. */
  readonly timezone: string
  /** Type of the jobs. */
  readonly job: JobType
  /** Returns the payload of a run. @param at the scheduled time, ISO 8601 in UTC */
  payload(at: string): unknown
}

/**
 * Defines a schedule, which creates one job per run. A run that EventBridge Scheduler delivers twice creates one job. A run
 * that cannot be delivered after all retries goes to the queue `schedule-failures`, which has an alarm.
 *
 * @throws DefinitionError when the module is loaded, and so at synth: an option is invalid, or the schedule would never run
 * @example
 * export const nightlyReceipts = defineSchedule({
 *   name: 'nightly-receipts',
 *   expression: 'cron(0 6 * * ? *)',
 *   timezone: 'Europe/Berlin',
 *   job: sendReceipt,
 *   payload: (at) => ({ orderId: `night of ${at}`, email: 'shop@example.com' }),
 * })
 */
export function defineSchedule<S extends ZodType>(schedule: {
  /** Name of the schedule: 1 to 40 of `a-z 0-9 -`, beginning with a letter; not `sweep` or `reconcile`. */
  name: string
  /**
   * Expression of EventBridge Scheduler: `rate(5 minutes)` or `cron(0 6 * * ? *)`. A time that daylight saving skips does
   * not run, and a time that comes twice runs once.
   */
  expression: string
  /**
   * IANA time zone of a cron expression, such as `Europe/Berlin`.
   * @default 'UTC'
   */
  timezone?: string
  /** Type of the jobs, which must be in the `jobs` of the application. */
  job: JobType<S>
  /** Returns the payload of a run. @param at the scheduled time, ISO 8601 in UTC */
  payload(at: string): z.input<S>
}): Schedule {
  const settings = checked('Schedule', schedule, scheduleRules as Rules<typeof schedule>, 'name') as Schedule
  const { name, timezone } = settings
  const parsed = parseExpression(settings.expression)
  const problem = (ownSchedules as readonly string[]).includes(name)
    ? 'the stack has a schedule of this name itself; rename it'
    : ((parsed.ok ? undefined : `expression "${settings.expression}" ${parsed.problem}`) ?? timezoneProblem(timezone))
  if (problem !== undefined || !parsed.ok) throw new DefinitionError(`Schedule "${name}": ${problem}.`)
  return { ...settings, expression: parsed.text }
}

/** The rules for the options of `defineSchedule`. */
const scheduleRules: Rules<Schedule> = {
  name: named(40),
  expression: text(/^/, 'text such as rate(5 minutes) or cron(0 6 * * ? *)'),
  timezone: optional(text(/^/, 'an IANA name such as "Europe/Berlin"'), 'UTC'),
  job: made('defineJob', 'type', 'schema', 'run'),
  payload: aFunction,
}

type Expression =
  /** `cron` is missing for a rate; `text` is the expression as AWS surely takes it. */
  { readonly ok: true; readonly cron?: Cron; readonly text: string } | { readonly ok: false; readonly problem: string }

function parseExpression(expression: string): Expression {
  const [, kind, inner = ''] = /^\s*(rate|cron|at)\((.*)\)\s*$/.exec(expression) ?? []
  if (kind === 'rate') return parseRate(inner)
  if (kind === 'at') return { ok: false, problem: 'comes only once: give a job a runAt instead' }
  if (kind !== 'cron') return { ok: false, problem: 'is not valid; write rate(5 minutes) or cron(0 6 * * ? *)' }
  const cron = parseCron(inner)
  return typeof cron === 'string' ? { ok: false, problem: cron } : { ok: true, cron, text: `cron(${cron.text})` }
}

/** Singular or plural, zeros in front: written here as the documentation of Scheduler has it. */
function parseRate(inner: string): Expression {
  const [, count, unit] = /^\s*0*([1-9]\d{0,8})\s+(minute|hour|day)s?\s*$/.exec(inner) ?? []
  if (count === undefined)
    return {
      ok: false,
      problem: 'is not valid; a rate is a whole number from 1 and minutes, hours or days, such as rate(5 minutes)',
    }
  return { ok: true, text: `rate(${Number(count)} ${unit}${Number(count) === 1 ? '' : 's'})` }
}

/** When a schedule comes next. `undefined` for a rate: AWS counts it from when the schedule was made. */
export function nextRun(
  { expression, timezone }: Pick<Schedule, 'expression' | 'timezone'>,
  from: Date,
): Date | undefined {
  const parsed = parseExpression(expression)
  return parsed.ok && parsed.cron ? nextCron(parsed.cron, timezone, from) : undefined
}

/** Whether a schedule will not come any more, because its years are over. */
export function isOver(schedule: Pick<Schedule, 'expression' | 'timezone'>, now: Date): boolean {
  return schedule.expression.startsWith('cron') && nextRun(schedule, now) === undefined
}

function timezoneProblem(timezone: string): string | undefined {
  // Every function loads the schedules, and its first formatter takes 15 ms of a cold start.
  if (timezone === 'UTC') return undefined
  try {
    // Formatters also take offsets and any case, which Scheduler does not.
    if (/^[A-Z]/.test(timezone) && new Intl.DateTimeFormat('en', { timeZone: timezone })) return undefined
  } catch {
    // Not a name that this runtime knows.
  }
  return `timezone is "${timezone}"; it must be an IANA name such as "Europe/Berlin"`
}

/** The one job of a scheduled run: its id follows from schedule and time, so that a second delivery meets the first. */
export function scheduledJob(schedule: Schedule, at: string, ids: Ids): JobRequest & { readonly id: string } {
  const request = { job: schedule.job, payload: schedule.payload(at) }
  return { ...request, id: jobId(ids.derive('schedule', schedule.name, at), groupOf(request)) }
}
