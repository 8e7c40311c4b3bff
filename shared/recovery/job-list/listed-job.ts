/** Jobs as a list reads them: both halves of many at once. */
import type { Registry } from '../../define/registry.ts'
import { failingSince } from '../../execution/effect/failing.ts'
import { effectOf } from '../../execution/effect/lives.ts'
import { readableEffect } from '../../execution/effect/readable.ts'
import type { Effect } from '../../execution/effect.ts'
import type { JobStatus } from '../../execution/job-status.ts'
import { statusOf } from '../../execution/status.ts'
import { outboxKey } from '../../lib/id.ts'
import { type Item, itemSize } from '../../lib/write.ts'
import type { Envelope } from '../../outbox/envelope.ts'
import { decodeItem } from '../../outbox/outbox-item.ts'
import type { JobEntry } from './newest-first.ts'

/** A job of a list. Without an envelope, its outbox item has expired or cannot be read. */
export type ListedJob = {
  /** Whether it waits in the outbox for its time. */
  readonly waits: boolean
  /** Size of its items. */
  readonly bytes: number
} & (
  | { readonly envelope: Envelope; readonly effect: Effect | undefined }
  | { readonly envelope: undefined; readonly effect: Effect }
)

export interface LoadDeps {
  /** Reads outbox items; what does not exist is left out. */
  readonly items: (keys: readonly { readonly pk: string; readonly sk: string }[]) => Promise<readonly Item[]>
  /** Reads effects; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
}

/**
 * Reads jobs by their entries. The outbox items are read last, and only of jobs that may be wanted: most of a list that is
 * narrowed to a rare status costs half a read unit a job.
 *
 * @param mayBe whether a job with such an effect may be wanted
 */
export async function loadJobs(
  deps: LoadDeps,
  entries: readonly JobEntry[],
  mayBe: (entry: JobEntry, effect: Effect | undefined) => boolean,
): Promise<ReadonlyMap<string, ListedJob>> {
  // An entry that moves while the partitions are read is seen in two of them.
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const effects = await effectsOf(deps, [...byId.values()])
  const ids = [...byId].flatMap(([id, entry]) => (mayBe(entry, effects.get(id)) ? [id] : []))
  const found = ids.length > 0 ? await deps.items(ids.map(outboxKey)) : []
  const items = new Map(found.map((item) => [String(item.sk), item]))
  const jobs = ids.map((id) => [id, listedJob(items.get(id), effects.get(id))] as const)
  return new Map(jobs.flatMap(([id, job]) => (job ? [[id, job]] : [])))
}

async function effectsOf({ effects }: LoadDeps, entries: readonly JobEntry[]): Promise<Map<string, Effect>> {
  const unknown = entries.filter(({ effect }) => effect === undefined).map(({ id }) => id)
  const read = unknown.length > 0 ? await effects(unknown) : []
  const all = [...entries.flatMap(({ effect }) => effect ?? []), ...read]
  return new Map(all.map((effect) => [effect.pk, readableEffect(effect)]))
}

function listedJob(item: Item | undefined, found: Effect | undefined): ListedJob | undefined {
  const decoded = item && decodeItem(item)
  const bytes = itemSize(item ?? {}) + itemSize((found ?? {}) as Item)
  const waits = item?.due !== undefined
  if (decoded?.kind !== 'envelope') return found && { envelope: undefined, effect: found, waits, bytes }
  // An id that was used again: what became of its former life is not this job.
  return { envelope: decoded.envelope, effect: effectOf(decoded.envelope, found), waits, bytes }
}

export function statusOfListed(job: ListedJob, { jobs }: Registry, now: Date): JobStatus {
  const { type, createdAt } = job.envelope ?? { type: job.effect.type, createdAt: job.effect.createdAt ?? '' }
  return statusOf({ ...job.envelope, createdAt }, job.effect, now, jobs.get(type))
}

/** The time by which jobs are listed: since when one fails, when one starts, or when it was accepted. ISO 8601 UTC. */
export function listTime({ envelope, effect }: ListedJob, by: JobStatus | undefined): string {
  if (by === 'scheduled') return envelope?.runAt ?? ''
  if (by === 'retrying' || by === 'dead') return (effect && failingSince(effect)) ?? ''
  return envelope?.createdAt ?? effect?.createdAt ?? ''
}

export function idOf(job: ListedJob): string {
  return job.envelope ? job.envelope.id : job.effect.pk
}
