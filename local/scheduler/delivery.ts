import type { LambdaFunction, Role, Schedule, StackModel } from '../model.ts'
import { evaluate } from '../permissions/evaluate.ts'
import { inputOf } from './input.ts'
import type { Execution } from './state.ts'

/** Handed over to Lambda, or refused for good: no retry could help. */
export type Delivery =
  | { readonly ok: true; readonly event: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** What Scheduler checks when it hands an event to Lambda's queue: the function, the schedule's role, the input. */
export function deliver(model: StackModel, schedule: Schedule, execution: Execution): Delivery {
  const fn = model.functions.find(({ name }) => name === schedule.functionName)
  if (!fn) return refused('ResourceNotFoundException', `Function not found: ${schedule.functionName}`)
  const role = model.roles.find(({ arn }) => arn === schedule.roleArn)
  if (!mayInvoke(role, fn)) {
    return refused(
      'AccessDeniedException',
      `${schedule.roleArn} is not authorized to perform lambda:InvokeFunction on ${fn.arn}`,
    )
  }
  try {
    return { ok: true, event: JSON.parse(inputOf(model, schedule, execution)) }
  } catch (error) {
    return refused('InvalidRequestContentException', `Could not parse the input of the schedule as JSON: ${error}`)
  }
}

const refused = (code: string, message: string): Delivery => ({ ok: false, code, message })

function mayInvoke(role: Role | undefined, fn: LambdaFunction): boolean {
  if (!role?.trusts.includes('scheduler.amazonaws.com')) return false
  const ask = { action: 'lambda:InvokeFunction', resource: fn.arn, context: {} }
  return evaluate(role.statements, ask) === 'allowed'
}
