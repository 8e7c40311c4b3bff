/** The reconciler of the world: by the clock a part of the outbox, for an operator all of it; and what it must not send. */

import { defineRegistry, type Registry } from '../../shared/define/registry.ts'
import { effectOf } from '../../shared/execution/effect/lives.ts'
import type { Clock, LaneSender, Outgoing } from '../../shared/lib/ports.ts'
import { fullRun, hourlyRun, type ReconcileDeps, type Run, reconcile } from '../../shared/recovery/reconcile.ts'
import type { QueueWait } from '../../shared/recovery/reconcile-marks.ts'
import { asWritten } from './as-written.ts'
import { memoryReader } from './memory-reader.ts'
import type { Gate } from './processes.ts'
import { segmentOf } from './segments.ts'
import { type SimLane, simSender } from './sim-lanes.ts'
import { type Base, idOf } from './world-base.ts'

export function worldReconciler(world: Base, registry: Registry) {
  const { store, lanes, witness, stream, begin } = world
  const { effects, items, failing } = memoryReader(store)

  const scan: ReconcileDeps['scan'] = async function* (segment, of) {
    const found = store.items('outbox').filter(({ pk }) => segmentOf(String(pk), of) === segment)
    yield { items: found.map(asWritten) }
  }

  /** It sends what has no message any more; none gets lost unless the world took it away, and none is sent that waits. */
  async function send(lane: string, messages: readonly Outgoing[], began: number) {
    for (const { body } of messages) {
      const id = idOf(body) ?? ''
      // From now on, whatever becomes of the reconciler.
      witness.outOfTurn.add(id)
      const simLane = lanes.get(lane) as SimLane
      if (waitsSince(id, simLane) < began)
        witness.violations.push(`no job is sent again that waits in its lane: ${id} was`)
      if (!(await isUnderWay(id, simLane))) witness.violations.push(`no message gets lost: that of ${id} did`)
    }
    return simSender(lanes).send(lane, messages)
  }
  /** A duplicate may come long after the message: it is none that the job waits in. */
  const waitsSince = (job: string, lane: SimLane) =>
    Math.min(
      ...counted(lane)
        .filter(({ id, body }) => idOf(body) === job && !witness.duplicates.has(`${job} ${id}`))
        .map(({ sentAt }) => sentAt),
    )
  async function isUnderWay(id: string, { queue, deadLetters }: SimLane): Promise<boolean> {
    if (witness.excused.has(id) || witness.unsent.has(id) || stream.some(({ item }) => item?.id === id)) return true
    if (store.items('outbox').some((item) => item.id === id && item.due !== undefined)) return true
    const job = world.jobs.find((one) => one.id === id)
    const effect = await world.effect(id)
    if (['succeeded', 'cancelled'].includes((job && effectOf(job, effect))?.state ?? '')) return true
    return [...queue.messages, ...deadLetters.messages].some(({ body }) => idOf(body) === id)
  }

  /** The messages that count for the age of the oldest: on a standard queue those that were received often do not. */
  const counted = ({ queue, fifo }: SimLane) => queue.messages.filter(({ receiveCount }) => fifo || receiveCount <= 3)

  const lagSince = (since: number) => Math.max(0, ...world.lags.flatMap(({ at, lag }) => (at >= since ? [lag] : [])))

  /** As SQS and CloudWatch tell it. */
  const waitsOf = ({ lanes: names }: Registry) =>
    new Map(
      [...lanes]
        .filter(([name]) => names.has(name))
        .map(([name, lane]): [string, QueueWait] => {
          const now = world.clock.now().getTime()
          if (lane.queue.size === 0) return [name, { kind: 'empty', lag: lagSince(now - 20 * 60_000) }]
          const sentAt = Math.min(now, ...counted(lane).map((message) => message.sentAt))
          return [name, { kind: 'oldest', sentAt, lag: lagSince(sentAt) }]
        }),
    )

  const started = (first: Run) =>
    begin(async (gate: Gate, clock: Clock) => {
      const observe: ReconcileDeps['observe'] = ({ kind }) => {
        witness.events.set(kind, (witness.events.get(kind) ?? 0) + 1)
      }
      const reader = gate('reader', { effects, items })
      const began = world.clock.now().getTime()
      const known = world.code.hasNoLanes ? defineRegistry([], []) : registry
      const waits = async () => waitsOf(known)
      const sender: LaneSender = { send: (lane, messages) => send(lane, messages, began) }
      const ports = {
        store: gate('store', store),
        sender: gate('sender', sender),
        ...reader,
        ...gate('queues', { waits }),
      }
      const deps = { ...ports, failing: gate('failing', failing), clock, registry: known, scan, observe }
      const runs = [first]
      for (let run = runs.shift(); run; run = runs.shift())
        runs.push(...(await reconcile(deps, run, clock.now().getTime() + 800_000)).next)
    })

  return {
    /** An operator asks for every job. */
    reconcile: () => started(fullRun),
    /** The Scheduler's hour. */
    reconcileHour: () => started(hourlyRun(world.clock.now())),
  }
}
