/** One world: the stack, and what it stands on. Its driver says what is asked of it, and may decide on every call. */
import type { Effect } from '../../../shared/execution/effect.ts'
import { outboxKey } from '../../../shared/lib/id.ts'
import { simIds } from '../../support/random.ts'
import { lanes } from './app.ts'
import { type SimDynamoDb, simDynamoDb } from './dynamodb.ts'
import { createFaults, type Faults } from './faults.ts'
import { createLosses, type Losses } from './losses.ts'
import { createPollers, type Pollers } from './pollers.ts'
import { createProcesses, type Hold, type Processes } from './process.ts'
import { type SimSqs, simSqs, timersUrl } from './sqs.ts'
import type { Stack } from './stack.ts'
import { createStream, type Stream } from './stream.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { type Lag, watchOf } from './watch.ts'
import { createWitness, type Witness } from './witness.ts'

export interface WorldSettings {
  readonly seed: number
  /** Receives after which SQS moves a message to the dead-letter queue. */
  readonly maxReceiveCount: number
  /** How long a run of the reconciler works, in ms. @default almost 15 minutes */
  readonly runMs?: number
  /** Messages that a consumer gets at most. @default as the lane says */
  readonly batchSize?: number
  /**
   * A driver that decides on each call. Then nothing goes wrong by chance, and nothing polls by itself. @default chance decides,
   * and Lambda's pollers poll
   */
  readonly hold?: Hold
}

export interface World extends Pollers {
  readonly stack: Stack
  readonly timeline: Timeline
  readonly faults: Faults
  readonly processes: Processes
  readonly losses: Losses
  /** Whether nothing goes on, and nothing waits for its time. */
  isAtRest(): boolean
}

/** ms since the epoch. */
export const start = Date.UTC(2026, 0, 1)

export function createWorld({ seed, maxReceiveCount, runMs = 890_000, batchSize, hold }: WorldSettings): World {
  const isAutomatic = hold === undefined
  const timeline = createTimeline(start)
  const { now } = timeline
  const faults = createFaults(seed)
  if (!isAutomatic) faults.end()
  const witness = createWitness({
    now,
    effectOf: (id) => dynamoDb.item('effects', { pk: id }) as Effect | undefined,
    itemOf: (id) => dynamoDb.item('outbox', outboxKey(id)),
    keepsArrows: !isAutomatic,
  })
  const processes = createProcesses({ timeline, faults, hold, threw: witness.threw })
  const dynamoDb: SimDynamoDb = simDynamoDb({
    now,
    changed: witness.changed,
    streamed: (...change) => stream(...change),
  })
  const sqs: SimSqs = simSqs({
    ...{ lanes, now, faults, maxReceiveCount },
    ...seenBy(witness, faults),
    sent(queue, body) {
      if (queue === timersUrl) return
      witness.sent(queue, idOf({ body }))
      if (witness.writer && witness.relays.has(witness.writer)) lags.push(lagOf(queue, body, now()))
    },
    changed: (queue) => (queue === timersUrl ? pollers.timers : pollers.consumers.get(queue))?.wake(),
  })
  const lags: Lag[] = []
  const stack: Stack = {
    ...{ dynamoDb, sqs, ids: simIds(), witness, now, runMs },
    watch: watchOf({ now, sqs, lags, isRunning: (lane) => pollers.consumers.get(lane)?.isEnabled !== false }),
    deployed: { isOld: false, lanes },
    repeatedWithin: isAutomatic ? 10 * 60_000 : 0,
    isHeldUp: (id) =>
      !isAutomatic &&
      (pollers.relays.some((relay) => relay.has(id)) || dynamoDb.item('outbox', outboxKey(id))?.due !== undefined),
  }
  const losses = lossesIn(stack, faults)
  const pollers = createPollers({ stack, timeline, faults, processes, losses, isAutomatic, batchSize })
  const { relays, consumers } = pollers
  const stream: Stream = createStream({ timeline, faults, losses, relays, isLate: isAutomatic })
  const isAtRest = () =>
    witness.calmSince === Number.POSITIVE_INFINITY &&
    processes.alive === 0 &&
    !dynamoDb.hasJobsThatWait &&
    relays.every(({ isIdle }) => isIdle) &&
    sqs.lanes.every(({ queue, name }) => queue.size === 0 || !consumers.get(name)?.isEnabled)
  return { stack, timeline, faults, processes, losses, ...pollers, isAtRest }
}

const idOf = ({ body }: { readonly body: string }) => String(JSON.parse(body).id)

/** How late the relay sends a message. */
function lagOf(lane: string, body: string, at: number): Lag {
  const { runAt, createdAt } = JSON.parse(body)
  return { lane, at, ms: at - Date.parse(runAt ?? createdAt) }
}

/** What the witness sees of the queues. */
function seenBy(witness: Witness, faults: Faults) {
  return {
    deadLetterSent: (entry: { readonly body: string; readonly deaths?: number }) =>
      witness.deadLetterSent(idOf(entry), entry.deaths ?? 0),
    moved(message: { readonly body: string }) {
      faults.count('moved by SQS')
      witness.moved(idOf(message))
    },
    expired: (message: { readonly body: string }) => witness.expired(idOf(message)),
  }
}

function lossesIn({ now, dynamoDb, witness }: Stack, faults: Faults): Losses {
  return createLosses({
    now,
    stateOf: (id) => dynamoDb.item('effects', { pk: id })?.state,
    wasResent: (id) => witness.resent.has(id),
    lost(id, loss) {
      faults.count('lost alone')
      witness.lost.set(id, loss)
      witness.excused.add(id)
    },
  })
}
