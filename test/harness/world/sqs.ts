/** SQS as the SDK's commands see it: the queues of the lanes, and their dead-letter queues. */
import { lifetimes } from '../../../shared/lib/lifetimes.ts'
import { moveBack } from '../../support/sim-lanes.ts'
import type { SimEntry, SimMessage, SimQueue } from '../../support/sim-queue.ts'
import { simQueue } from '../../support/sim-queue.ts'
import type { Faults } from './faults.ts'

// biome-ignore lint/suspicious/noExplicitAny: inputs of many commands, told apart by the command's name
type Input = any

export interface SimLane {
  readonly name: string
  readonly isOrdered: boolean
  readonly queue: SimQueue
  readonly deadLetters: SimQueue
}

export interface SimSqs {
  readonly lanes: readonly SimLane[]
  /** The queue of timers. */
  readonly timers: SimQueue
  /** What an SDK client's `send` does in the end. */
  perform(command: string, input: Input): Promise<unknown>
  /** A person puts a dead letter back into its lane, as it is; returns its body. */
  putBack(lane: SimLane, id: string): string | undefined
  /** Drops what is older than its queue's retention. */
  expire(): void
}

interface Settings {
  readonly lanes: readonly { readonly name: string; readonly kind: string }[]
  readonly now: () => number
  readonly faults: Faults
  readonly maxReceiveCount: number
  /** Told when something may have become ready in a queue. */
  readonly changed: (lane: string) => void
  /** Told of each message that a batch brought into a queue. */
  readonly sent: (queue: string, body: string) => void
  /** Told of each dead letter that was sent. */
  readonly deadLetterSent: (entry: SimEntry) => void
  /** Told of each message that a queue moves to its dead-letter queue by itself. */
  readonly moved: (message: SimMessage) => void
  /** Told of each message that a queue has kept for as long as it may. */
  readonly expired: (message: SimMessage) => void
}

export const queueUrl = (lane: string) => lane
export const timersUrl = 'timers'
export const deadLetterUrl = (lane: string) => `${lane}-dead`

export function simSqs(settings: Settings): SimSqs {
  const { lanes, now, faults, maxReceiveCount, changed, sent, deadLetterSent, moved, expired } = settings
  const clock = { now: () => new Date(now()), random: faults.random }
  const made = lanes.map(({ name, kind }): SimLane => {
    const fifo = kind === 'ordered'
    const deadLetters = simQueue({ clock, fifo })
    const queue = simQueue({ clock, fifo, maxReceiveCount, deadLetters, moved })
    return { name, isOrdered: fifo, queue, deadLetters }
  })
  const timers = simQueue({ clock })
  const queues = new Map(
    made.flatMap((lane) => [
      [queueUrl(lane.name), lane.queue],
      [deadLetterUrl(lane.name), lane.deadLetters],
    ]),
  ).set(timersUrl, timers)
  const of = ({ QueueUrl }: Input) => queues.get(QueueUrl) as SimQueue

  const hide = (input: Input, { ReceiptHandle, VisibilityTimeout }: Input) => {
    of(input).hide(ReceiptHandle, VisibilityTimeout)
    changed(input.QueueUrl)
  }
  /** Each entry of a batch may fail by itself, in an answer that is a success. */
  const each = (entries: Input[], act: (entry: Input) => void) => {
    const failed = entries.filter((entry) => faults.happens('entry refused') || !attempt(() => act(entry)))
    const refused = new Set(failed)
    return {
      Successful: entries.filter((entry) => !refused.has(entry)).map(({ Id }) => ({ Id })),
      Failed: failed.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
    }
  }

  const commands: Record<string, (input: Input) => unknown> = {
    /** Of a single message: a dead letter. */
    SendMessageCommand(input) {
      deadLetterSent(entryOf(input))
      of(input).send(entryOf(input))
      return {}
    },
    SendMessageBatchCommand(input) {
      const answer = each(input.Entries, (entry) => {
        if (of(input).send(entryOf(entry))) sent(input.QueueUrl, entry.MessageBody)
      })
      changed(input.QueueUrl)
      return answer
    },
    ChangeMessageVisibilityCommand: (input) => hide(input, input),
    ChangeMessageVisibilityBatchCommand: (input) => each(input.Entries, (entry) => hide(input, entry)),
    DeleteMessageBatchCommand(input) {
      const answer = each(input.Entries, ({ ReceiptHandle }) => of(input).remove(ReceiptHandle))
      changed(input.QueueUrl)
      return answer
    },
    GetQueueAttributesCommand: (input) => ({ Attributes: { ApproximateNumberOfMessages: String(of(input).size) } }),
    ReceiveMessageCommand: (input) => ({
      Messages: of(input).receive(input.MaxNumberOfMessages, input.VisibilityTimeout).map(deadLetterOf),
    }),
  }

  return {
    lanes: made,
    timers,
    async perform(command, input) {
      const perform = commands[command]
      if (!perform) throw new Error(`the simulated SQS does not know ${command}`)
      return perform(input) ?? {}
    },
    putBack(lane, id) {
      const body = moveBack(lane, id)
      changed(lane.name)
      return body
    },
    expire() {
      for (const { queue, deadLetters } of made) {
        const old = [...queue.expire(lifetimes.queueRetention), ...deadLetters.expire(lifetimes.deadLetterRetention)]
        for (const message of old) expired(message)
        faults.count('message expired', old.length)
      }
      timers.expire(600)
    },
  }
}

function attempt(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}

function entryOf(input: Input): SimEntry {
  const { deaths } = input.MessageAttributes ?? {}
  return {
    body: input.MessageBody,
    groupId: input.MessageGroupId,
    dedupId: input.MessageDeduplicationId,
    delaySeconds: input.DelaySeconds,
    deaths: deaths && Number(deaths.StringValue),
  }
}

function deadLetterOf({ receipt, body, deaths, isMoved, groupId }: SimMessage) {
  return {
    ReceiptHandle: receipt,
    Body: body,
    Attributes: {
      ...(isMoved ? { DeadLetterQueueSourceArn: 'its lane' } : {}),
      ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    },
    MessageAttributes: deaths === undefined ? {} : { deaths: { StringValue: String(deaths) } },
  }
}
