/** Data as a stack with failures would have it; the same on each run. */
/** Data as a stack in trouble would have it; the same on each run. */
import type { DeadLetter, JobDetail, Schedule } from '../../../web/src/api/types.ts'

/** 2026-11-03 03:12 UTC: somebody was just woken up. */
export const night = Date.parse('2026-11-03T03:12:00Z')
const at = (secondsAgo: number) => new Date(night - secondsAgo * 1000).toISOString()

/** The id of the job with a number. */
export function idOf(number: number): string {
  return `019a4${(number + 0x100).toString(16).padStart(3, '0').slice(-3)}-7c21-7${((number * 7) % 4096).toString(16).padStart(3, '0')}-8f3a-${number.toString(16).padStart(12, '0')}`
}

interface Kind {
  readonly type: string
  readonly lane: string
  readonly attempts: number
  readonly error: (number: number) => string
}

/** Two kinds of one type, so that a filter by type does not tell them apart, and one of another. */
export const kinds = {
  mailbox: {
    type: 'send-receipt',
    lane: 'default',
    attempts: 5,
    error: (n: number) => `MessageRejected: Email address is not verified: customer-${n}@example.com`,
  },
  throttled: {
    type: 'send-receipt',
    lane: 'default',
    attempts: 5,
    error: () => 'TooManyRequestsException: Maximum sending rate exceeded',
  },
  webhook: {
    type: 'deliver-webhook',
    lane: 'bulk',
    attempts: 8,
    error: () => 'The receiver answered 503 Service Unavailable',
  },
} satisfies Record<string, Kind>

/** Dead letters of the three kinds, mixed, oldest first: so many of each. */
export function deadLetters(counts: Readonly<Record<keyof typeof kinds, number>>): DeadLetter[] {
  const all = Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, i) => ({ kind: kinds[kind as keyof typeof kinds], place: (i + 0.5) / count })),
  )
  all.sort((a, b) => a.place - b.place)
  return all.map(({ kind: { type, lane, attempts, error } }, i) => ({
    id: idOf(i),
    type,
    lane,
    attempts,
    error: error(i),
    diedAt: at(5_400 - (i * 5_340) / all.length),
  }))
}

/** The order whose receipt died. */
export const orderId = '019a4b1e-90aa-7000-8000-5fd1c0ffee00'

/** A job that has died, attempt by attempt. */
export function jobOfLetter({ id, type, lane, error, attempts, diedAt }: DeadLetter): JobDetail {
  const died = Date.parse(diedAt)
  const before = (seconds: number) => new Date(died - seconds * 1000).toISOString()
  return {
    id,
    type,
    lane,
    status: 'dead',
    attempts,
    maxAttempts: attempts,
    createdAt: before(94.2),
    startedAt: before(0.4),
    finishedAt: diedAt,
    lastError: error,
    failures: Array.from({ length: attempts }, (_, i) => ({
      attempt: i + 1,
      at: before([92.9, 89, 81.4, 57.3, 31, 18, 6, 0][attempts === 8 ? i : i === attempts - 1 ? 7 : i] ?? 0),
      error,
    })),
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    record: { kind: 'order', id: orderId, path: `/orders/${orderId}` },
    payload: { orderId, email: '[redacted]', total: 1900, currency: 'EUR' },
  }
}

const base = { createdAt: at(40), attempts: 0, maxAttempts: 5, payload: { key: 'k' } }

/** One job of each state except dead. */
export const otherJobs: readonly JobDetail[] = [
  { ...base, id: idOf(90_001), type: 'daily-digest', lane: 'bulk', status: 'scheduled', runAt: at(-16_080) },
  { ...base, id: idOf(90_002), type: 'publish-event', lane: 'default', status: 'pending' },
  { ...base, id: idOf(90_003), type: 'build-report', lane: 'bulk', status: 'running', attempts: 1, startedAt: at(12) },
  {
    ...base,
    id: idOf(90_004),
    type: 'sync-crm',
    lane: 'bulk',
    tenant: 'acme',
    status: 'retrying',
    attempts: 2,
    lastError: 'fetch failed: connect ETIMEDOUT',
    nextAttemptAt: at(-30),
    failures: [{ attempt: 2, at: at(9), error: 'fetch failed: connect ETIMEDOUT' }],
  },
  {
    ...base,
    id: `order-7~${idOf(90_005)}`,
    type: 'publish-event',
    lane: 'ordered',
    group: 'order-7',
    status: 'succeeded',
    attempts: 1,
    startedAt: at(39),
    finishedAt: at(38.8),
  },
  { ...base, id: idOf(90_006), type: 'send-welcome-email', lane: 'default', status: 'cancelled', finishedAt: at(20) },
  {
    ...base,
    id: idOf(90_007),
    type: 'send-receipt',
    lane: 'default',
    status: 'pending',
    waitingFor: 'rate-limit',
    nextAttemptAt: at(-754),
  },
]

export const schedules: readonly Schedule[] = [
  {
    name: 'daily-digest',
    expression: 'cron(0 7 * * ? *)',
    timezone: 'Europe/Berlin',
    type: 'daily-digest',
    next: at(-10_080),
  },
  { name: 'crm-sync', expression: 'rate(30 minutes)', timezone: 'UTC', type: 'sync-crm' },
]
