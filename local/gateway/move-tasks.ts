import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue, StackModel } from '../model.ts'
import { taskSource } from '../permissions/sqs-asks.ts'
import { type Answer, jsonAnswer } from './answer.ts'
import type { Forward } from './engine.ts'
import { moveMessages, type Route } from './move-messages.ts'
import type { MoveTask } from './move-task.ts'
import { checkStart, invalid, missing } from './move-task-rules.ts'

type Input = Readonly<Record<string, unknown>>

/** The queue from which SQS itself moved a message to a dead-letter queue; `undefined` if somebody sent it there. */
export type SourceOf = (deadLetterQueue: string, messageId: string) => Queue | undefined

interface Entry {
  readonly handle: string
  readonly task: MoveTask
  readonly cancel: AbortController
  done: Promise<void>
}

const TASKS_KEPT = 10

/**
 * SQS's message move tasks, which the engine lacks. They live in this process: after a restart the messages not yet moved
 * are still in the dead-letter queue, and the task is to be started again.
 */
export function createMoveTasks({ model, sqs, sourceOf }: { model: StackModel; sqs: Forward; sourceOf: SourceOf }) {
  let entries: Entry[] = []

  const start = async (input: Input): Promise<Answer> => {
    const checked = checkStart(
      input,
      model,
      entries.map(({ task }) => task),
    )
    if (!checked.ok) return checked.answer
    const { source, destination, rate } = checked
    const count = await visible(sqs, source)
    const task: MoveTask = {
      SourceArn: source.arn,
      DestinationArn: destination?.arn,
      MaxNumberOfMessagesPerSecond: rate,
      ApproximateNumberOfMessagesToMove: count,
      ApproximateNumberOfMessagesMoved: 0,
      StartedTimestamp: Date.now(),
      Status: 'RUNNING',
    }
    const handle = Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString('base64')
    const cancel = new AbortController()
    const route: Route = (id) => destination ?? sourceOf(source.name, id)
    const entry: Entry = { handle, task, cancel, done: Promise.resolve() }
    entry.done = run(task, cancel.signal, () => moveMessages({ sqs, source, route, task, signal: cancel.signal }))
    entries = [entry, ...entries]
    return jsonAnswer({ TaskHandle: handle })
  }

  const list = ({ SourceArn, MaxResults = 1 }: Input): Answer => {
    if (!model.queues.some(({ arn }) => arn === SourceArn)) return missing('SourceArn')
    const results = entries
      .filter(({ task }) => task.SourceArn === SourceArn)
      .slice(0, Math.min(Number(MaxResults), TASKS_KEPT))
      .map(({ task, handle }) => ({ ...task, TaskHandle: task.Status === 'RUNNING' ? handle : undefined }))
    return jsonAnswer({ Results: results })
  }

  const cancel = async ({ TaskHandle }: Input): Promise<Answer> => {
    const entry = entries.find(({ handle }) => handle === TaskHandle)
    if (!taskSource(TaskHandle)) return invalid('InvalidParameterValue', 'Value for parameter TaskHandle is invalid.')
    if (!entry) return missing('TaskHandle')
    if (entry.task.Status !== 'RUNNING') return invalid('UnsupportedOperation', 'Only active tasks can be cancelled.')
    entry.task.Status = 'CANCELLING'
    entry.cancel.abort()
    await entry.done
    return jsonAnswer({ ApproximateNumberOfMessagesMoved: entry.task.ApproximateNumberOfMessagesMoved })
  }

  return {
    operations: {
      StartMessageMoveTask: start,
      ListMessageMoveTasks: list,
      CancelMessageMoveTask: cancel,
    } as Readonly<Record<string, (input: Input) => Answer | Promise<Answer>>>,
    async stop() {
      for (const entry of entries) entry.cancel.abort()
      await Promise.all(entries.map(({ done }) => done))
    },
  }
}

async function run(task: MoveTask, signal: AbortSignal, move: () => Promise<string | undefined>): Promise<void> {
  // The task starts behind the answer of StartMessageMoveTask.
  await sleep(0)
  const failure = await move().catch((error: unknown) => (signal.aborted ? undefined : String(error)))
  if (failure) {
    task.Status = 'FAILED'
    task.FailureReason = failure
  } else {
    task.Status = signal.aborted ? 'CANCELLED' : 'COMPLETED'
  }
}

async function visible(sqs: Forward, { url }: Queue): Promise<number> {
  const request = { QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }
  const { body } = await sqs('GetQueueAttributes', JSON.stringify(request))
  return Number(
    (JSON.parse(body) as { Attributes?: Record<string, string> }).Attributes?.ApproximateNumberOfMessages ?? 0,
  )
}
