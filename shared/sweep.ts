/** The sweeper: jobs whose time is further off than SQS can delay wait in the outbox, and go to their lanes from here. */
import { outboxKey } from './id.ts'
import type { Envelope } from './outbox-item.ts'
import type { Clock, LaneSender, Store } from './ports.ts'
import type { Registry } from './registry.ts'
import { chunks, outgoing } from './relay.ts'
import type { Write } from './write.ts'

export interface SweepDeps {
  readonly store: Store
  readonly clock: Clock
  readonly registry: Registry
  readonly sender: LaneSender
  /** Pages of the jobs of one bucket of the index that are due up to a time (ISO 8601 UTC), earliest first. */
  readonly due: (bucket: string, until: string) => AsyncIterable<readonly Envelope[]>
}

/** How far ahead a sweep looks, in ms: until after the next one, which comes a minute later, has surely begun. */
export const sweepAhead = 90_000

/**
 * Sends what is due soon, each with the exact rest of its delay, and takes it off the index. If the process dies between
 * the two, the job is sent again by the next sweep; the effect guard makes the second message harmless.
 *
 * @param until when this sweep must end, in ms since the epoch; what is left is for the next one
 * @returns how many jobs were sent
 */
export async function sweep(deps: SweepDeps, buckets: readonly string[], until: number): Promise<number> {
  const horizon = new Date(deps.clock.now().getTime() + sweepAhead).toISOString()
  const results = await Promise.all(buckets.map((bucket) => sweepBucket(deps, bucket, horizon, until)))
  const ordered = results.flatMap((result) => result.ordered).sort((a, b) => startOf(a) - startOf(b))
  const sent = results.reduce((sum, result) => sum + result.sent, 0)
  return sent + (await sendInTurn(deps, ordered, until))
}

async function sweepBucket(deps: SweepDeps, bucket: string, horizon: string, until: number) {
  const ordered: Envelope[] = []
  let sent = 0
  for await (const page of deps.due(bucket, horizon)) {
    const held = page.filter((envelope) => kindOf(deps, envelope) === 'ordered')
    ordered.push(...held)
    sent += await send(
      deps,
      page.filter((envelope) => !held.includes(envelope)),
    )
    if (deps.clock.now().getTime() > until) break
  }
  return { sent, ordered }
}

/** A FIFO queue takes no delay for a single message: what is for an ordered lane is held here until its time has come. */
async function sendInTurn(deps: SweepDeps, envelopes: readonly Envelope[], until: number): Promise<number> {
  let sent = 0
  for (const envelope of envelopes) {
    if (startOf(envelope) > until) break
    await deps.clock.sleep(Math.max(0, startOf(envelope) - deps.clock.now().getTime()))
    sent += await send(deps, [envelope])
  }
  return sent
}

/** Sends jobs to their lanes; what a lane does not take stays in the index for the next sweep. */
async function send(deps: SweepDeps, envelopes: readonly Envelope[]): Promise<number> {
  let sent = 0
  for (const [lane, ofLane] of Map.groupBy(envelopes, (envelope) => envelope.lane)) {
    const parcels = ofLane.map((envelope) => ({
      envelope,
      message: outgoing(envelope, kindOf(deps, envelope), deps.clock.now()),
    }))
    for (const chunk of chunks(parcels)) {
      const results = await deps.sender.send(
        lane,
        chunk.map(({ message }) => message),
      )
      const taken = chunk.filter((_, i) => results[i]?.kind === 'sent')
      await Promise.all(taken.map(({ envelope }) => deps.store.write(sweptWrite(envelope.id))))
      sent += taken.length
    }
  }
  return sent
}

function kindOf({ registry }: SweepDeps, { lane, id }: Envelope): 'standard' | 'ordered' {
  const kind = registry.lanes.get(lane)?.kind
  if (kind) return kind
  throw new Error(
    `Job "${id}" waits for lane "${lane}", which is not in app/lanes.ts: bring the lane back, or cancel the job.`,
  )
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
