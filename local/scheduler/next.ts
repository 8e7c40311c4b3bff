import { Cron } from 'croner'
import type { Schedule } from '../model.ts'
import { cronerPatternOf } from './cron-dialect.ts'
import { instantOf, wallClockOf } from './wall-clock.ts'

type When = Pick<Schedule, 'expression' | 'timezone'>

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/**
 * The first time after `from` at which a schedule is due; `undefined` when there is none any more. A rate counts elapsed
 * time from the creation of the schedule, where its first run is; cron and at follow the clock of the time zone. Throws
 * an Error in words when the expression is not one of EventBridge Scheduler's.
 */
export function next(schedule: When, from: Date, createdAt: Date): Date | undefined {
  const { expression, timezone } = schedule
  const [, kind, text = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? []
  try {
    if (kind === 'rate') return nextOfRate(text, from, createdAt)
    if (kind === 'cron') return nextOfCron(text, timezone, from)
    if (kind === 'at') return nextOfAt(text, timezone, from)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Schedule expression ${expression} (${timezone}) is not valid: ${why}`, { cause })
  }
  throw new Error(`Schedule expression ${expression} is not valid: write rate(…), cron(…) or at(…)`)
}

function nextOfRate(text: string, from: Date, createdAt: Date): Date {
  const [, count = '', unit = ''] = /^0*([1-9]\d{0,8})\s+(minute|hour|day)s?$/.exec(text.trim()) ?? []
  const every = Number(count) * (UNIT_MS[unit] ?? 0)
  if (every === 0) throw new Error('write a positive number and minutes, hours or days')
  const runs = Math.max(0, Math.floor((from.getTime() - createdAt.getTime()) / every) + 1)
  return new Date(createdAt.getTime() + runs * every)
}

/** croner runs on the clock of the wall, so that an hour that comes twice or never is decided here and not there. */
function nextOfCron(text: string, timezone: string, from: Date): Date | undefined {
  const cron = new Cron(cronerPatternOf(text), { timezone: 'UTC', paused: true })
  let wallClock = cron.nextRun(new Date(wallClockOf(from.getTime(), timezone)))
  while (wallClock) {
    const instant = instantOf(wallClock.getTime(), timezone)
    if (instant !== undefined && instant > from.getTime()) return new Date(instant)
    wallClock = cron.nextRun(wallClock)
  }
  return undefined
}

function nextOfAt(text: string, timezone: string, from: Date): Date | undefined {
  const wallClock = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN
  if (Number.isNaN(wallClock)) throw new Error('write at(yyyy-mm-ddThh:mm:ss)')
  const instant = instantOf(wallClock, timezone)
  if (instant === undefined) throw new Error('this time does not exist there, the clock is set forward')
  return instant > from.getTime() ? new Date(instant) : undefined
}
