/** The sweeper: jobs whose time is further off than SQS can delay wait in the outbox, and go to their lanes from here. */
import { outboxKey } from './id.ts'
import { type Lane, laneGone } from './lane.ts'
import { type Envelope, longestHold } from './outbox-item.ts'
import type { Clock, LaneSender, Store } from './ports.ts'
import { grace } from './reconcile-marks.ts'
import type { Registry } from './registry.ts'
import { chunks, outgoing, trySend, type Unsent } from './send.ts'
import type { Write } from './write.ts'

export interface SweepDeps {
  readonly store: Store
  readonly clock: Clock
  readonly registry: Registry
  readonly sender: LaneSender
  /** Pages of the jobs of one bucket of the index that are due up to a time (ISO 8601 UTC), earliest first. */
  readonly due: (bucket: string, until: string) => AsyncIterable<readonly Envelope[]>
  readonly observe: (event: Unsent) => void
}

export interface Sweep {
  readonly sent: number
  /** Jobs that should have started by now and could not be sent. */
  readonly overdue: number
}

/** How far ahead a sweep looks, in ms: until after the next one, which comes a minute later, has surely begun. */
export const sweepAhead = longestHold * 1000

/**
 * Sends what is due soon, each with the exact rest of its delay, and takes it off the index. If the process dies between
 * the two, the job is sent again by the next sweep; the effect guard makes the second message harmless.
 *
 * @param until when this sweep must end, in ms since the epoch; what is left is for the next one
 */
export async function sweep(deps: SweepDeps, buckets: readonly string[], until: number): Promise<Sweep> {
  const horizon = new Date(deps.clock.now().getTime() + sweepAhead).toISOString()
  const results = await Promise.all(buckets.map((bucket) => sweepBucket(deps, bucket, horizon, until)))
  const ordered = results.flatMap((result) => result.ordered).sort((a, b) => startOf(a) - startOf(b))
  return sum([...results, await sendInTurn(deps, ordered, until)])
}

function sum(sweeps: readonly Sweep[]): Sweep {
  return sweeps.reduce((a, b) => ({ sent: a.sent + b.sent, overdue: a.overdue + b.overdue }), { sent: 0, overdue: 0 })
}

async function sweepBucket(deps: SweepDeps, bucket: string, horizon: string, until: number) {
  const ordered: Envelope[] = []
  const sweeps: Sweep[] = []
  for await (const page of deps.due(bucket, horizon)) {
    const byKind = Map.groupBy(page, (envelope) => kindOf(deps, envelope))
    ordered.push(...(byKind.get('ordered') ?? []))
    sweeps.push(await send(deps, byKind.get('standard') ?? []), await passOver(deps, byKind.get(undefined) ?? []))
    if (deps.clock.now().getTime() > until) break
  }
  return { ...sum(sweeps), ordered }
}

/** A FIFO queue takes no delay for a single message: what is for an ordered lane is held here until its time has come. */
async function sendInTurn(deps: SweepDeps, envelopes: readonly Envelope[], until: number): Promise<Sweep> {
  const sweeps: Sweep[] = []
  for (const envelope of envelopes) {
    if (startOf(envelope) > until) break
    await deps.clock.sleep(Math.max(0, startOf(envelope) - deps.clock.now().getTime()))
    sweeps.push(await send(deps, [envelope]))
  }
  return sum(sweeps)
}

/** Sends jobs to their lanes; what a lane does not take stays in the index for the next sweep. */
async function send(deps: SweepDeps, envelopes: readonly Envelope[]): Promise<Sweep> {
  let sent = 0
  let overdue = 0
  for (const [lane, ofLane] of Map.groupBy(envelopes, (envelope) => envelope.lane)) {
    const parcels = ofLane.map((envelope) => ({
      envelope,
      message: outgoing(envelope, kindOf(deps, envelope) ?? 'standard', deps.clock.now()),
    }))
    for (const chunk of chunks(parcels)) {
      const reasons = await trySend(deps.sender, lane, chunk)
      const taken = chunk.filter((_, i) => reasons[i] === undefined)
      await Promise.all(taken.map(({ envelope }) => deps.store.write(sweptWrite(envelope.id))))
      sent += taken.length
      for (const [i, { envelope }] of chunk.entries())
        if (reasons[i] !== undefined) overdue += leave(deps, envelope, reasons[i])
    }
  }
  return { sent, overdue }
}

/**
 * Jobs of a lane that this code does not have: it was removed, or a deploy that brings it is in progress. They hold up no
 * other. After a while the reconciler has them, which knows whether they were cancelled.
 */
async function passOver(deps: SweepDeps, envelopes: readonly Envelope[]): Promise<Sweep> {
  let overdue = 0
  for (const envelope of envelopes) {
    overdue += leave(deps, envelope, laneGone(envelope.lane))
    if (startOf(envelope) + grace < deps.clock.now().getTime()) await deps.store.write(sweptWrite(envelope.id))
  }
  return { sent: 0, overdue }
}

/** Tells of a job that stays; 1 if it should have started by now, else 0: the next sweep may still be in time. */
function leave({ clock, observe }: SweepDeps, envelope: Envelope, reason: string): number {
  observe({ kind: 'unsent', envelope, reason })
  return startOf(envelope) < clock.now().getTime() ? 1 : 0
}

function kindOf({ registry }: SweepDeps, { lane }: Envelope): Lane['kind'] | undefined {
  return registry.lanes.get(lane)?.kind
}

function startOf(envelope: Envelope): number {
  return Date.parse(envelope.runAt ?? envelope.createdAt)
}

/** Takes a job off the index of what waits. Not an insert, so the relay does not see it. */
export function sweptWrite(id: string): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(id),
    update: { text: 'REMOVE due' },
    condition: { text: 'attribute_exists(due)' },
  }
}
