import { type Answer, jsonAnswer } from './answer.ts'
import type { Call } from './call.ts'
import type { Forward } from './engine.ts'

interface Entry {
  readonly Id: string
}
interface BatchAnswer {
  readonly Successful?: readonly Entry[]
  readonly Failed?: readonly Entry[]
}

/**
 * An HTTP 200 that is not the whole truth, as SQS may give at any time: it has taken every second message of the batch, and
 * says of the others in `Failed` that it has not. Of a single message, it is that one.
 */
export async function sendInPart(sqs: Forward, { operation, input }: Call): Promise<Answer> {
  const entries = (input.Entries ?? []) as readonly Entry[]
  const refused = entries.filter((_, at) => at % 2 === 0)
  const taken = entries.filter((_, at) => at % 2 === 1)
  const { body } =
    taken.length > 0 ? await sqs(operation, JSON.stringify({ ...input, Entries: taken })) : { body: '{}' }
  const { Successful = [], Failed = [] } = JSON.parse(body) as BatchAnswer
  const failures = refused.map(({ Id }) => ({
    Id,
    SenderFault: false,
    Code: 'InternalError',
    Message: 'A fault rule.',
  }))
  return jsonAnswer({ Successful, Failed: [...Failed, ...failures] })
}
