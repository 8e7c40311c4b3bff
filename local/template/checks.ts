import type { StackModel } from '../model.ts'
import { TemplateError } from './errors.ts'

type Check = (model: StackModel) => void

/**
 * What a deployment would be refused for although each resource is right alone. The rules are those of the services
 * that are asked when the resource is created.
 */
const CHECKS: readonly Check[] = [everyFunctionHasItsRole, everyMappingFits, everyScheduleHasItsRole]

/** Throws {@link TemplateError} for the first rule that does not hold. */
export function checkTogether(model: StackModel): void {
  for (const check of CHECKS) check(model)
}

/** Lambda: "The role defined for the function cannot be assumed by Lambda." */
function everyFunctionHasItsRole(model: StackModel): void {
  for (const { logicalId, roleArn } of model.functions) {
    requireTrust(model, roleArn, 'lambda.amazonaws.com', { logicalId, type: 'AWS::Lambda::Function' })
  }
}

/** Scheduler: "The execution role you provide must allow AWS EventBridge Scheduler to assume the role." */
function everyScheduleHasItsRole(model: StackModel): void {
  for (const { logicalId, roleArn, functionName } of model.schedules) {
    const place = { logicalId, type: 'AWS::Scheduler::Schedule' }
    requireTrust(model, roleArn, 'scheduler.amazonaws.com', place)
    requireFunction(model, functionName, place)
  }
}

/** Lambda: a queue's visibility timeout is not shorter than the timeout of the function that reads it. */
function everyMappingFits(model: StackModel): void {
  for (const mapping of model.mappings) {
    const place = { logicalId: mapping.logicalId, type: 'AWS::Lambda::EventSourceMapping' }
    const { timeoutSeconds } = requireFunction(model, mapping.functionName, place)
    if (mapping.kind === 'stream') {
      if (model.tables.some(({ streamArn }) => streamArn === mapping.streamArn)) continue
      throw new TemplateError(place, `no table of this stack has the stream ${mapping.streamArn}`, 'Give it one')
    }
    const queue = model.queues.find(({ arn }) => arn === mapping.queueArn)
    if (!queue) throw new TemplateError(place, `the queue ${mapping.queueArn} is not in this stack`, 'Define it here')
    const visibility = Number(queue.attributes.VisibilityTimeout ?? 30)
    if (visibility >= timeoutSeconds) continue
    const what = `the visibility timeout of ${queue.name} (${visibility} s) is less than the function timeout (${timeoutSeconds} s)`
    throw new TemplateError(place, what, 'Lambda refuses that; six times the function timeout is its advice', {
      refusedByAws: true,
    })
  }
}

function requireTrust(model: StackModel, roleArn: string, service: string, place: TemplateError['place']): void {
  const role = model.roles.find(({ arn }) => arn === roleArn)
  if (!role) throw new TemplateError(place, `its role ${roleArn} is not in this stack`, 'Define it here')
  if (role.trusts.includes(service)) return
  throw new TemplateError(
    place,
    `its role ${role.name} cannot be assumed by ${service}`,
    'Add it to AssumeRolePolicyDocument',
    { refusedByAws: true },
  )
}

function requireFunction(model: StackModel, name: string, place: TemplateError['place']) {
  const found = model.functions.find((fn) => fn.name === name)
  if (found) return found
  throw new TemplateError(place, `the function ${name} is not in this stack`, 'Define it here')
}
