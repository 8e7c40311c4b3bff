/** Lanes on simulated queues: what functions/aws/ does on SQS. */
import type { LaneConsumerQueue, LaneMessage, LaneSender } from '../../shared/lib/ports.ts'
import type { DeadLetter, DeadLetterQueue } from '../../shared/recovery/tidy.ts'
import type { SimMessage, SimQueue } from './sim-queue.ts'

export interface SimLane {
  readonly fifo: boolean
  readonly queue: SimQueue
  readonly deadLetters: SimQueue
}

export function simSender(lanes: ReadonlyMap<string, SimLane>): LaneSender {
  return {
    async send(lane, messages) {
      const { queue } = lanes.get(lane) as SimLane
      for (const message of messages) queue.send(message)
      return messages.map(() => ({ kind: 'sent' }))
    },
  }
}

export function simConsumerQueue({ queue, deadLetters }: SimLane): LaneConsumerQueue {
  return {
    changeVisibility: async ({ receiptHandle }, seconds) => queue.hide(receiptHandle, seconds),
    async extendVisibility(messages, seconds) {
      for (const { receiptHandle } of messages) queue.hide(receiptHandle, seconds)
    },
    async sendToDeadLetterQueue({ body, group, messageId }, { deaths }) {
      deadLetters.send({ body, deaths, groupId: group, dedupId: `${messageId}-${deaths}` })
    },
  }
}

/** A message of a simulated lane, as its consumer gets it. */
export function laneMessage({ fifo }: SimLane, message: SimMessage): LaneMessage {
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    receiveCount: message.receiveCount,
    group: fifo ? message.groupId : undefined,
    deaths: message.deaths ?? 0,
  }
}

export function simDeadLetters({ deadLetters, fifo }: SimLane, hideFor = 30): DeadLetterQueue {
  const putBehind = async (some: readonly DeadLetter[]) => {
    for (const { receiptHandle, body, group, deaths } of some) {
      deadLetters.send({ body, groupId: group, dedupId: receiptHandle, deaths })
      deadLetters.remove(receiptHandle)
    }
  }
  return {
    putBehind: fifo ? putBehind : undefined,
    receive: async () =>
      deadLetters.receive(10, hideFor).map(({ receipt, body, isMoved, deaths = 0, groupId }) => ({
        receiptHandle: receipt,
        body,
        deaths: isMoved ? 0 : deaths,
        group: groupId,
      })),
    async remove(some) {
      for (const { receiptHandle } of some) deadLetters.remove(receiptHandle)
    },
    async release(some) {
      for (const { receiptHandle } of some) deadLetters.hide(receiptHandle, 0)
    },
  }
}

/** What an operator does in the AWS console: a dead letter goes back to its lane as it is. Gives back its body. */
export function moveBack(
  { queue, deadLetters }: Pick<SimLane, 'queue' | 'deadLetters'>,
  id: string,
): string | undefined {
  const deadLetter = deadLetters.take(id)
  if (deadLetter) queue.send({ ...deadLetter, delaySeconds: 0, dedupId: `${deadLetter.id}-back` })
  return deadLetter?.body
}
