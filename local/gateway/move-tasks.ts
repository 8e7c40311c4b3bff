import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue, StackModel } from '../model.ts'
import { taskSource } from '../permissions/sqs-asks.ts'
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts'
import { deadLetterSources } from './dead-letter-queues.ts'
import type { DirectSends } from './direct-sends.ts'
import type { Forward } from './engine.ts'
import { moveMessages, type Route } from './move-messages.ts'

type Input = Readonly<Record<string, unknown>>

/** As `ListMessageMoveTasks` shows it. */
export interface MoveTask {
  readonly SourceArn: string
  readonly DestinationArn?: string
  readonly MaxNumberOfMessagesPerSecond?: number
  readonly ApproximateNumberOfMessagesToMove: number
  /** ms since the epoch. */
  readonly StartedTimestamp: number
  ApproximateNumberOfMessagesMoved: number
  Status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED'
  FailureReason?: string
}

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
export function createMoveTasks(settings: { model: StackModel; sqs: Forward; directSends: DirectSends }) {
  const { model, sqs } = settings
  let entries: Entry[] = []

  const start = async (input: Input): Promise<Answer> => {
    const checked = check(input, model, entries)
    if (!checked.ok) return checked.answer
    const { source, destination, rate } = checked
    const sources = deadLetterSources(model, source.arn)
    const count = await visible(sqs, source)
    const task: MoveTask = {
      SourceArn: source.arn,
      ...(destination ? { DestinationArn: destination.arn } : {}),
      ...(rate ? { MaxNumberOfMessagesPerSecond: rate } : {}),
      ApproximateNumberOfMessagesToMove: count,
      ApproximateNumberOfMessagesMoved: 0,
      StartedTimestamp: Date.now(),
      Status: 'RUNNING',
    }
    const handle = Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString('base64')
    const cancel = new AbortController()
    const route: Route = (id) => destination ?? (settings.directSends.has(id) ? undefined : sources[0])
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
      .map(({ task, handle }) => ({ ...task, ...(task.Status === 'RUNNING' ? { TaskHandle: handle } : {}) }))
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

type Checked =
  | {
      readonly ok: true
      readonly source: Queue
      readonly destination: Queue | undefined
      readonly rate: number | undefined
    }
  | { readonly ok: false; readonly answer: Answer }

/** The rules of StartMessageMoveTask. */
function check(input: Input, model: StackModel, entries: readonly Entry[]): Checked {
  const queue = (arn: unknown) => model.queues.find((candidate) => candidate.arn === arn)
  const source = queue(input.SourceArn)
  const destination = queue(input.DestinationArn)
  const rate = input.MaxNumberOfMessagesPerSecond
  if (!source) return { ok: false, answer: missing('SourceArn') }
  if (input.DestinationArn !== undefined && !destination) return { ok: false, answer: missing('DestinationArn') }
  const problem = rateProblem(rate) ?? queueProblem(source, destination, deadLetterSources(model, source.arn), entries)
  if (problem) return { ok: false, answer: problem }
  return { ok: true, source, destination, rate: typeof rate === 'number' ? rate : undefined }
}

function rateProblem(rate: unknown): Answer | undefined {
  if (rate === undefined || (Number.isInteger(rate) && Number(rate) >= 1 && Number(rate) <= 500)) return undefined
  return invalid(
    'InvalidParameterValue',
    'Value for parameter MaxNumberOfMessagesPerSecond is invalid: it must be 1 to 500.',
  )
}

function queueProblem(
  source: Queue,
  destination: Queue | undefined,
  sources: readonly Queue[],
  entries: readonly Entry[],
): Answer | undefined {
  if (sources.length === 0) {
    return invalid('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.')
  }
  if (destination === source)
    return invalid('InvalidParameterValue', 'Source and destination must be different queues.')
  if (destination && destination.fifo !== source.fifo) {
    return invalid('InvalidParameterValue', 'Source and destination must be of the same type, standard or FIFO.')
  }
  if (!destination && sources.length > 1) {
    const names = sources.map(({ name }) => name).join(', ')
    return invalid(
      'UnsupportedOperation',
      `${source.name} is the dead-letter queue of ${names}; this endpoint cannot tell whose a message was. Give a DestinationArn.`,
    )
  }
  if (entries.some(({ task }) => task.SourceArn === source.arn && /^(RUNNING|CANCELLING)$/.test(task.Status))) {
    return invalid(
      'InvalidParameterValue',
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    )
  }
  return undefined
}

function invalid(code: string, message: string): Answer {
  return errorAnswer('sqs', { status: 400, code, message })
}

function missing(parameter: string): Answer {
  const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`
  return errorAnswer('sqs', { status: 404, code: 'ResourceNotFoundException', message })
}
