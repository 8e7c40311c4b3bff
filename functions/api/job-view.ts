import { z } from 'zod'
import type { Effect } from '../../shared/effect.ts'
import { outboxKey } from '../../shared/id.ts'
import { decodeItem, type Envelope } from '../../shared/outbox-item.ts'
import type { Store } from '../../shared/ports.ts'
import type { Registry } from '../../shared/registry.ts'
import { statusOf } from '../../shared/status.ts'

export const jobView = z.object({
  id: z.string(),
  type: z.string(),
  lane: z.string(),
  status: z.enum(['scheduled', 'pending', 'running', 'retrying', 'succeeded', 'dead', 'cancelled']),
  attempts: z.int(),
  maxAttempts: z.int(),
  createdAt: z.iso.datetime(),
  runAt: z.iso.datetime().optional(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  lastError: z.string().optional(),
  payload: z.unknown(),
})

/** Reads the two halves of a job. `undefined` when there is no such job, or it is older than its outbox item is kept. */
export async function readJob(
  store: Store,
  id: string,
): Promise<{ envelope: Envelope; effect: Effect | undefined } | undefined> {
  const [item, effect] = await Promise.all([store.get('outbox', outboxKey(id)), store.get('effects', { pk: id })])
  const decoded = item && decodeItem(item)
  return decoded?.kind === 'envelope' ? { envelope: decoded.envelope, effect: effect as Effect | undefined } : undefined
}

/** A job as the API shows it; fields that its type declares `redact` are hidden. */
export function viewOf(
  envelope: Envelope,
  effect: Effect | undefined,
  registry: Registry,
  now: Date,
): z.infer<typeof jobView> {
  const type = registry.jobs.get(envelope.type)
  return {
    id: envelope.id,
    type: envelope.type,
    lane: envelope.lane,
    status: statusOf(envelope, effect, now),
    attempts: effect?.attempts ?? 0,
    maxAttempts: effect?.budget || type?.maxAttempts || 0,
    createdAt: envelope.createdAt,
    ...(envelope.runAt === undefined ? {} : { runAt: envelope.runAt }),
    ...(effect?.startedAt === undefined ? {} : { startedAt: effect.startedAt }),
    ...(effect?.finishedAt === undefined ? {} : { finishedAt: effect.finishedAt }),
    ...(effect?.lastError === undefined ? {} : { lastError: effect.lastError }),
    payload: redacted(envelope.payload, type?.redact ?? []),
  }
}

function redacted(payload: unknown, fields: readonly string[]): unknown {
  if (typeof payload !== 'object' || payload === null) return payload
  return Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [name, fields.includes(name) ? '[redacted]' : value]),
  )
}
