/**
 * Finishes a batch: its callbacks are caused, each exactly once, for they are written in the same transaction as the time of
 * their event, which is written once.
 */
import type { BatchCounts } from '../define/batch.ts'
import { expiresAfter, lifetimes } from '../lib/lifetimes.ts'
import { absent, type Item, type Write } from '../lib/write.ts'
import { jobIndexKeys } from '../outbox/job-index.ts'
import { countsOf } from './counts.ts'
import { batchesKey } from './index-keys.ts'
import { type BatchItem, batchKey, sizeOf } from './items.ts'
import { readBatch } from './read.ts'
import { type BatchDeps, transact } from './transact.ts'

/** The events of a batch. */
export type BatchEvent = 'finished' | 'succeeded'

/** The attribute of a batch with the time of an event, and the one with its callback. */
const attributes = {
  finished: { at: 'finishedAt', callback: 'onFinished' },
  succeeded: { at: 'succeededAt', callback: 'onSucceeded' },
} as const

/** Events that are due: their condition holds, and they have not taken place. */
export function dueEvents({ sealedAt, pendingShards, failedShards, ...batch }: BatchItem): BatchEvent[] {
  if (sealedAt === undefined || sizeOf(pendingShards) > 0) return []
  const holds: readonly BatchEvent[] = sizeOf(failedShards) > 0 ? ['finished'] : ['finished', 'succeeded']
  return holds.filter((event) => batch[attributes[event].at] === undefined)
}

/** Causes the callbacks of events that are due, if there are any. @param seen the batch, as of the last write */
export async function finish(deps: BatchDeps, id: string, seen?: BatchItem): Promise<void> {
  /** Callbacks that exist already: the effects table was restored from a time before them. */
  const known = new Set<unknown>()
  for (let batch = seen ?? (await readBatch(deps, id)); batch; batch = await readBatch(deps, id)) {
    const events = dueEvents(batch)
    if (events.length === 0) return
    const now = deps.clock.now()
    const counts = await countsOf(deps.store, id, batch)
    // The transaction of its members never came.
    if (batch.ahead && counts.total === 0) return
    const stored = events.flatMap((event) => batch?.[attributes[event].callback] ?? [])
    const callbacks = stored.map((text) => callbackOf(text, { id, ...counts }, now)).filter(({ sk }) => !known.has(sk))
    const puts = callbacks.map((item): Write => ({ op: 'put', table: 'outbox', item, condition: absent }))
    const written = await transact(deps, [eventWrite(id, batch, { events, now, members: counts.total }), ...puts])
    if (written === 'written') return
    for (const met of written.slice(1)) if (met) known.add(met.sk)
  }
}

interface Event {
  readonly events: readonly BatchEvent[]
  readonly now: Date
  /** Number of members. */
  readonly members: number
}

/** If a member was brought back since the batch was read, the counts are out of date: the write is refused. */
function eventWrite(id: string, batch: BatchItem, { events, now, members }: Event): Write {
  const hasSucceeded = events.includes('succeeded')
  const times = events.map((event) => `${attributes[event].at} = :now`)
  const success = hasSucceeded ? ', members = :members, batches = :group' : ''
  const { broughtBack = 0 } = batch
  return {
    op: 'update',
    table: 'effects',
    key: batchKey(id),
    update: {
      text: `SET ${times.join(', ')}, expiresAt = :expiresAt${success} REMOVE ahead`,
      values: {
        ':now': now.toISOString(),
        ':expiresAt': expiresAfter(now, lifetimes.effect),
        ...(hasSucceeded ? { ':members': members, ':group': batchesKey('succeeded', id) } : {}),
      },
    },
    condition: {
      text: [
        'attribute_exists(sealedAt)',
        'attribute_not_exists(pendingShards)',
        ...(hasSucceeded ? ['attribute_not_exists(failedShards)'] : []),
        ...events.map((event) => `attribute_not_exists(${attributes[event].at})`),
        broughtBack === 0 ? 'attribute_not_exists(broughtBack)' : 'broughtBack = :broughtBack',
      ].join(' AND '),
      values: broughtBack === 0 ? {} : { ':broughtBack': broughtBack },
    },
  }
}

/** The outbox item of a callback, as it was stored when the batch was created, with the counts in its payload. */
function callbackOf(stored: string, { id, total, succeeded, dead, cancelled }: BatchCounts, now: Date): Item {
  const item = JSON.parse(stored) as Item
  const batch: BatchCounts = { id, total, succeeded, dead, cancelled }
  const payload = JSON.stringify({ ...JSON.parse(String(item.payload)), batch })
  const createdAt = now.toISOString()
  const times = {
    createdAt,
    expiresAt: expiresAfter(now, lifetimes.outbox),
    ...jobIndexKeys(String(item.id), createdAt),
  }
  return { ...item, payload, ...times }
}
