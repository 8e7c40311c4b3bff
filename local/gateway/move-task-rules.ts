import type { Queue, StackModel } from '../model.ts'
import { type Answer, errorAnswer } from './answer.ts'
import { deadLetterSources } from './dead-letter-queues.ts'
import type { MoveTask } from './move-task.ts'

type Input = Readonly<Record<string, unknown>>

type Checked =
  | {
      readonly ok: true
      readonly source: Queue
      readonly destination: Queue | undefined
      readonly rate: number | undefined
    }
  | { readonly ok: false; readonly answer: Answer }

/** The rules of StartMessageMoveTask. */
export function checkStart(input: Input, model: StackModel, tasks: readonly MoveTask[]): Checked {
  const queue = (arn: unknown) => model.queues.find((candidate) => candidate.arn === arn)
  const source = queue(input.SourceArn)
  const destination = queue(input.DestinationArn)
  const rate = input.MaxNumberOfMessagesPerSecond
  if (!source) return { ok: false, answer: missing('SourceArn') }
  if (input.DestinationArn !== undefined && !destination) return { ok: false, answer: missing('DestinationArn') }
  const problem = rateProblem(rate) ?? queueProblem(source, destination, deadLetterSources(model, source.arn), tasks)
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
  tasks: readonly MoveTask[],
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
  if (tasks.some(({ SourceArn, Status }) => SourceArn === source.arn && /^(RUNNING|CANCELLING)$/.test(Status))) {
    return invalid(
      'InvalidParameterValue',
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    )
  }
  return undefined
}

export function invalid(code: string, message: string): Answer {
  return errorAnswer('sqs', { status: 400, code, message })
}

export function missing(parameter: string): Answer {
  const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`
  return errorAnswer('sqs', { status: 404, code: 'ResourceNotFoundException', message })
}
