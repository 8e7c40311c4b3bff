import { randomUUID } from 'node:crypto'
import type { StackModel } from '../model.ts'
import type { AsyncInvocations, Functions } from '../types.ts'
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts'
import type { Call } from './call.ts'

/** What of the stack can be controlled through Lambda's own API. It is there only once all is up. */
export interface LambdaControl {
  readonly functions: Pick<Functions, 'killSession'>
  readonly invocations: Pick<AsyncInvocations, 'begin'>
  readonly mappings: {
    list(): readonly {
      readonly logicalId: string
      readonly functionName: string
      readonly source: string
      readonly enabled: boolean
    }[]
    setEnabled(logicalId: string, enabled: boolean): Promise<readonly unknown[]>
  }
}

/** Pausing and resuming of mappings, and invocations without waiting for the answer. */
export function createLambdaApi(model: StackModel) {
  let control: LambdaControl | undefined
  return {
    attach(parts: LambdaControl): void {
      control = parts
    },
    async perform({ operation, input }: Call): Promise<Answer> {
      if (!control)
        return errorAnswer('lambda', { status: 503, code: 'ServiceException', message: 'The stack is still starting.' })
      const target = String(input.target)
      return operation === 'Invoke' ? invoke(control, model, target, input) : mapping(control, operation, target, input)
    },
  }
}

async function mapping(
  { mappings }: LambdaControl,
  operation: string,
  id: string,
  input: Call['input'],
): Promise<Answer> {
  const find = () => mappings.list().find(({ logicalId }) => logicalId === id)
  if (!find()) return notFound(`The resource you requested does not exist (event source mapping ${id}).`)
  if (operation === 'UpdateEventSourceMapping' && typeof input.Enabled === 'boolean')
    await mappings.setEnabled(id, input.Enabled)
  const found = find()
  return jsonAnswer({
    UUID: id,
    FunctionArn: found?.functionName,
    EventSourceArn: found?.source,
    State: found?.enabled ? 'Enabled' : 'Disabled',
  })
}

/** Only `InvocationType: Event`: nobody in a stack should wait for another function. */
async function invoke(
  { invocations }: LambdaControl,
  model: StackModel,
  target: string,
  input: Call['input'],
): Promise<Answer> {
  const name = target.replace(/^arn:aws:lambda:[^:]*:[^:]*:function:/, '')
  if (!model.functions.some((fn) => fn.name === name)) return notFound(`Function not found: ${target}`)
  if (input.invocationType !== 'Event') {
    const message = 'Only InvocationType Event is emulated: a function that waits for another pays for both.'
    return errorAnswer('lambda', { status: 400, code: 'InvalidParameterValueException', message })
  }
  void invocations.begin(name, input.payload)
  return { status: 202, headers: { 'x-amzn-requestid': randomUUID() }, body: '' }
}

function notFound(message: string): Answer {
  return errorAnswer('lambda', { status: 404, code: 'ResourceNotFoundException', message })
}
