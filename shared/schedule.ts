import type { ZodType, z } from 'zod'
import { type Cron, nextCron, parseCron } from './cron.ts'
import { DefinitionError } from './errors.ts'
import { type Ids, jobId } from './id.ts'
import { groupOf, type JobRequest, type JobType } from './job.ts'

/** A job that is due by the clock. */
export interface Schedule {
  /** Names it in the console, in AWS and in the ids of its jobs. */
  readonly name: string
  /** As EventBridge Scheduler has it: `rate(5 minutes)` or `cron(0 6 * * ? *)`. */
  readonly expression: string
  /** IANA time zone in which a cron expression is read, daylight saving included. */
  readonly timezone: string
  readonly job: JobType
  /** The payload of a tick. @param at the scheduled time, ISO 8601 UTC */
  payload(at: string): unknown
}

/**
 * Defines a schedule. Throws at load, and so at synth, when its name or expression cannot be.
 *
 * Missed ticks: EventBridge Scheduler tries to deliver a tick for up to `maximumEventAgeSeconds` (infra/schedules.ts),
 * and Lambda gives it to its function three times. One that failed for good is not made up for: it lies in the queue for
 * failed ticks. A tick delivered twice is still one job.
 */
export function defineSchedule<S extends ZodType>(schedule: {
  name: string
  expression: string
  timezone?: string
  job: JobType<S>
  payload(at: string): z.input<S>
}): Schedule {
  const { name, expression, timezone = 'UTC' } = schedule
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw new DefinitionError(`Schedule "${name}": a name has 1 to 40 of a-z, 0-9 and -, and starts with a letter.`)
  }
  const problem = expressionProblem(expression) ?? timezoneProblem(timezone)
  if (problem) throw new DefinitionError(`Schedule "${name}": ${problem}`)
  return { ...schedule, timezone }
}

function expressionProblem(expression: string): string | undefined {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression)
  if (rate) return Number(rate[1]) > 0 ? undefined : `"${expression}" never comes; a rate starts at 1.`
  const cron = cronOf(expression)
  if (cron === undefined) return `"${expression}" is no expression; write rate(5 minutes) or cron(0 6 * * ? *).`
  return typeof cron === 'string' ? `"${expression}" ${cron}.` : undefined
}

function cronOf(expression: string): Cron | string | undefined {
  const text = /^cron\((.+)\)$/.exec(expression)?.[1]
  return text === undefined ? undefined : parseCron(text)
}

/** When a schedule comes next. `undefined` for a rate: AWS counts it from when the schedule was made. */
export function nextTick(
  { expression, timezone }: Pick<Schedule, 'expression' | 'timezone'>,
  from: Date,
): Date | undefined {
  const cron = cronOf(expression)
  return typeof cron === 'object' ? nextCron(cron, timezone, from) : undefined
}

function timezoneProblem(timezone: string): string | undefined {
  // Every function loads the schedules, and its first formatter takes 15 ms of a cold start.
  if (timezone === 'UTC') return undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    return undefined
  } catch {
    return `"${timezone}" is no time zone; use an IANA name such as Europe/Berlin.`
  }
}

/** The one job of a tick: its id follows from schedule and time, so that a second delivery meets the first. */
export function tickJob(schedule: Schedule, at: string, ids: Ids): JobRequest & { readonly id: string } {
  const request = { job: schedule.job, payload: schedule.payload(at) }
  return { ...request, id: jobId(ids.derive('schedule', schedule.name, at), groupOf(request)) }
}
