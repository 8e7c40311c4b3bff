/** An outbox item as the reconciler reads it, whatever another writer made of it. */
import { expiresAfter, lifetimes } from '../lib/lifetimes.ts'
import type { Item } from '../lib/write.ts'
import { latestExpiry } from '../outbox/outbox-item.ts'
import type { Written } from './reconcile-checks.ts'

/**
 * Of a malformed item only the key is sure. One without a time was written a lifetime before it expires; one that would
 * never expire, a lifetime after it was written: so each is checked for the last time, and ends.
 */
export function writtenOf({ pk, sk, lane, runAt, dueAt, releasedAt, createdAt, resentAt, expiresAt }: Item): Written {
  const ttl = typeof expiresAt === 'number' && expiresAt <= latestExpiry ? expiresAt : undefined
  const written = timeOf(createdAt) ?? new Date(Math.max(0, (ttl ?? 0) - lifetimes.outbox) * 1_000).toISOString()
  return {
    pk: textOf(pk) ?? '',
    id: textOf(sk) ?? '',
    lane: textOf(lane) ?? '',
    // A job that waits has no message before its time; one that waited was sent when it was released, then or later.
    start: latestOf([runAt, dueAt, releasedAt].flatMap((at) => timeOf(at) ?? [])) ?? written,
    createdAt: written,
    resentAt: timeOf(resentAt),
    expiresAt: ttl ?? expiresAfter(new Date(written), lifetimes.outbox),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** A text that can be compared with other times. */
function timeOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text !== undefined && time.test(text) ? text : undefined
}

function latestOf(times: readonly string[]): string | undefined {
  return times.toSorted().at(-1)
}
