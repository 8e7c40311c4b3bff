/** The reconciler of the world: by the clock a part of the outbox, for an operator all of it; and who sees what it sends. */
import type { Clock, Outgoing } from '../../shared/ports.ts'
import { type ReconcileDeps, type Reconciliation, reconcile, reconcileHour } from '../../shared/reconcile.ts'
import { fullPass } from '../../shared/reconcile-pass.ts'
import type { Registry } from '../../shared/registry.ts'
import { asWritten } from './as-written.ts'
import type { Gate } from './processes.ts'
import { segmentOf } from './segments.ts'
import { type SimLane, simSender } from './sim-lanes.ts'
import { type Base, idOf } from './world.ts'

type Run = (deps: ReconcileDeps, until: number) => Promise<Reconciliation>

export function worldReconciler(world: Base, registry: Registry, reader: Pick<ReconcileDeps, 'effects' | 'envelopes'>) {
  const { store, lanes, witness, stream, begin } = world

  const scan = async function* (segment: number, of: number) {
    yield store.items('outbox').flatMap((item) => (segmentOf(String(item.pk), of) === segment ? asWritten(item) : []))
  }

  /** It sends what has no message any more; none gets lost unless the world took it away. */
  async function send(lane: string, messages: readonly Outgoing[]) {
    for (const { body } of messages) {
      const id = idOf(body) ?? ''
      // From now on, whatever becomes of the reconciler.
      witness.outOfTurn.add(id)
      if (!(await isUnderWay(id, lanes.get(lane) as SimLane)))
        witness.violations.push(`no message gets lost: that of ${id} did`)
    }
    return simSender(lanes).send(lane, messages)
  }
  async function isUnderWay(id: string, { queue, deadLetters }: SimLane): Promise<boolean> {
    if (witness.excused.has(id) || witness.unsent.has(id) || stream.some((item) => item.id === id)) return true
    if (store.items('outbox').some((item) => item.id === id && item.due !== undefined)) return true
    if (['succeeded', 'cancelled'].includes((await world.effect(id))?.state ?? '')) return true
    return [...queue.messages, ...deadLetters.messages].some(({ body }) => idOf(body) === id)
  }

  const started = (run: Run) =>
    begin(async (gate: Gate, clock: Clock) => {
      const observe = ({ kind }: { kind: string }) => {
        witness.events.set(kind, (witness.events.get(kind) ?? 0) + 1)
      }
      const gates = { store: gate('store', store), sender: gate('sender', { send }), ...gate('reader', reader) }
      await run({ ...gates, clock, registry, scan, observe }, clock.now().getTime() + 800_000)
    })

  return {
    /** An operator asks for every job. */
    reconcile: () => started((deps, until) => reconcile(deps, fullPass, until)),
    /** The Scheduler's hour. */
    reconcileHour: () => started((deps, until) => reconcileHour(deps, world.clock.now(), until)),
  }
}
